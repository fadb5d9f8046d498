#include "api/client_rates.hpp"

#include <algorithm>
#include <cmath>

namespace jackfield::api {

std::optional<Millis> ClientRates::take(const std::string& client, Time now) {
  std::lock_guard lock(mutex_);
  if (const auto known = by_client_.find(client); known != by_client_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, known->second);
  } else {
    buckets_.push_front({client, per_minute_, now});
    by_client_.emplace(client, buckets_.begin());
    if (buckets_.size() > most_) {
      by_client_.erase(buckets_.back().client);
      buckets_.pop_back();
    }
  }
  Bucket& bucket = buckets_.front();
  const double passed = std::max<double>(0, static_cast<double>((now - bucket.at).count()));  // the clock may go back
  bucket.left = std::min(per_minute_, bucket.left + passed * per_minute_ / 60'000);
  bucket.at = now;
  if (bucket.left >= 1) return bucket.left -= 1, std::nullopt;
  return Millis{static_cast<std::int64_t>(std::ceil((1 - bucket.left) * 60'000 / per_minute_))};
}

std::size_t ClientRates::clients() const {
  std::lock_guard lock(mutex_);
  return buckets_.size();
}

}  // namespace jackfield::api
