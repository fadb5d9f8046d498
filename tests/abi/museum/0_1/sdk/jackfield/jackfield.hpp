// SPDX-License-Identifier: Apache-2.0
//
// jackfield.hpp: the C++20 wrapper of jackfield.h; header only, standard library only. Include this one. An echo:
//
//   class Echo : public jackfield::sdk::Connector {
//    public:
//     using Connector::Connector;
//     void send(jackfield::sdk::Send &&send) override { send.accepted({"echo-1"}); }
//     void on_webhook(jackfield::sdk::Webhook &&request) override { request.deliver_and_reply(request.body()); }
//   };
//   JACKFIELD_CONNECTOR(Echo, R"({"id": "echo", …})")
#ifndef JACKFIELD_HPP
#define JACKFIELD_HPP

#include "jackfield/connector.hpp"
#include "jackfield/extensions.h"
#include "jackfield/host.hpp"
#include "jackfield/http.hpp"
#include "jackfield/replies.hpp"
#include "jackfield/stream.hpp"
#include "jackfield/values.hpp"

#endif
