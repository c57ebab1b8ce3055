/* The one file in C++: C cannot catch what oneDNN throws. */
#include "nn/guard.h"

#include <new>

extern "C" {
#include "base/room.h"
}

/* oneDNN fills its own small objects (a memory, the description of a primitive) without a look whether there
 * is memory for them: they find on the heap what was asked for here. */
static constexpr std::size_t ROOM = 64 * 1024;

template <typename Call> static dnnl_status_t guarded(Call call) noexcept
{
    try {
        return alfa__room_for(ROOM) ? call() : dnnl_out_of_memory;
    } catch (const std::bad_alloc &) {
        return dnnl_out_of_memory;
    } catch (...) {
        return dnnl_runtime_error;
    }
}

extern "C" {
#define ALFA__GUARD_DEFINE(name, parameters, arguments) \
    dnnl_status_t alfa__##name parameters               \
    {                                                   \
        return guarded([&] { return name arguments; }); \
    }
ALFA__GUARD_LIST(ALFA__GUARD_DEFINE)
#undef ALFA__GUARD_DEFINE

int alfa__dnnl_get_effective_cpu_isa()
{
    int isa = -1;
    (void)guarded([&] { return isa = dnnl_get_effective_cpu_isa(), dnnl_success; });
    return isa;
}
}
