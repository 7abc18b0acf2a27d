#include "worker/assistant/vector.h"

#include <math.h>

bool
vector_write(const float *v, int dimensions, struct buf *b)
{
	double square = 0, length;

	for (int i = 0; i < dimensions; i++)
		square += (double)v[i] * (double)v[i];
	length = sqrt(square);
	if (!isfinite(length) || length <= 0)
		return false;
	for (int i = 0; i < dimensions; i++)
		/* Seven digits tell any two floats of this size apart. */
		buf_printf(
		    b, "%c%.7g", i == 0 ? '{' : ',', (double)v[i] / length);
	buf_add_char(b, '}');
	return true;
}
