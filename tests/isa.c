/* Prints the instruction set that oneDNN takes, as a number in hexadecimal (enum dnnl_cpu_isa_t). */
#include <oneapi/dnnl/dnnl.h>

#include <stdio.h>

int main(void)
{
    return printf("%#x\n", (unsigned)dnnl_get_effective_cpu_isa()) < 0;
}
