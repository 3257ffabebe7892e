#include "store/holding.h"

#include "base/check.h"
#include "store/fair_share.h"

namespace cachery::store {

Holding::Holding(Pool& pool, uint64_t entitled_bytes) : pool_(pool) {
  set_entitled(entitled_bytes);
}

Holding::~Holding() {
  CHECK(bytes() == 0);
  set_entitled(0);
}

void Holding::set_entitled(uint64_t bytes) { pool_.entitle(*this, bytes); }

char* Holding::allocate_in_part(size_t bytes, size_t touched_bytes, Pages pages) {
  return pool_.allocate(*this, {nullptr, bytes, touched_bytes}, pages);
}

bool Holding::touch(size_t more_bytes) { return pool_.touch(*this, more_bytes); }

void Holding::release(const Extent& extent) { pool_.release(*this, extent); }

bool Holding::has_room_for(size_t bytes) const { return pool_.would_give(*this, bytes); }

bool Holding::keep_lent(size_t bytes) { return pool_.keep_lent(*this, bytes); }

double Holding::level() const { return level_of(bytes(), entitled_bytes()); }

}  // namespace cachery::store
