/* A strict decoder that never stops: what is wrong becomes U+FFFD. */
#include "cli/utf8.h"

#include "common/buf.h"

size_t
utf8_next(const char *s, size_t len, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s[0];
	size_t n = c < 0x80 ? 1
	    : c < 0xc2      ? 0
	    : c < 0xe0      ? 2
	    : c < 0xf0      ? 3
			    : 4;
	uint32_t point;

	*out = UTF8_BROKEN;
	if (n == 1) {
		*out = c;
		return 1;
	}
	if (n == 0 || c > 0xf4 || n > len)
		return 1;
	point = c & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		unsigned char d = (unsigned char)s[i];

		if ((d & 0xc0) != 0x80)
			return 1;
		point = point << 6 | (d & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 1;
	*out = point;
	return n;
}

void
utf8_add(struct buf *b, uint32_t point)
{
	if (point < 0x80) {
		buf_add_char(b, (char)point);
		return;
	}
	if (point < 0x800) {
		buf_add_char(b, (char)(0xc0 | point >> 6));
	} else {
		if (point < 0x10000) {
			buf_add_char(b, (char)(0xe0 | point >> 12));
		} else {
			buf_add_char(b, (char)(0xf0 | point >> 18));
			buf_add_char(b, (char)(0x80 | (point >> 12 & 0x3f)));
		}
		buf_add_char(b, (char)(0x80 | (point >> 6 & 0x3f)));
	}
	buf_add_char(b, (char)(0x80 | (point & 0x3f)));
}
