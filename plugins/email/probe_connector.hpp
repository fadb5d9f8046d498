// For tests: a connector that does nothing, so that a part of one can be tested against the SDK's fake host.
#pragma once

#include "jackfield/jackfield.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::email {

class ProbeConnector : public sdk::Connector {
 public:
  explicit ProbeConnector(const sdk::Setup& setup) : Connector(setup) { latest() = this; }
  void send(sdk::Send&& send) override { send.cancelled(); }
  sdk::Host& its_host() { return host(); }
  static ProbeConnector*& latest() {
    static ProbeConnector* one = nullptr;
    return one;
  }
};

struct Probe {
  Probe() : host(module(), {}) { host.start(); }
  static const jf_module& module() {
    static const jf_module made = sdk::module<ProbeConnector>("{}");
    return made;
  }
  sdk::Host& sdk() { return ProbeConnector::latest()->its_host(); }
  testkit::FakeHost host;
};

}  // namespace jackfield::email
