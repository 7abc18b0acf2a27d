/* UUIDs: read strictly, mint version 7. */
#include "common/uuid.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/clock.h"

const struct uuid uuid_nobody = {"00000000-0000-0000-0000-000000000000"};

static bool
uuid_is_dash(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool
uuid_parse(const char *s, size_t len, struct uuid *out)
{
	struct uuid u = {""};

	if (len != UUID_TEXT_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (uuid_is_dash(i)
			? c != '-'
			: !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		u.text[i] = c;
	}
	*out = u;
	return true;
}

void
uuid_mint(struct uuid *out)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t ms = (uint64_t)clock_wall_ms();
	unsigned char bytes[16];
	size_t at = 0;

	/* Up to 256 bytes come whole once the kernel has its entropy. */
	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		abort();
	for (size_t i = 0; i < 6; i++)
		bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
	bytes[6] = (bytes[6] & 0x0f) | 0x70; /* version 7 */
	bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant 10 */
	for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
		if (uuid_is_dash(i)) {
			out->text[i] = '-';
			continue;
		}
		out->text[i] = hex[bytes[at / 2] >> (at % 2 == 0 ? 4 : 0) & 15];
		at++;
	}
	out->text[UUID_TEXT_LEN] = '\0';
}
