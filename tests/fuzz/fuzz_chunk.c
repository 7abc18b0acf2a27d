/*
 * Reads bytes as a document and cuts it: first byte modulo 3 is the format.
 * Every passage must be clean UTF-8 of a length that was promised.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/chunk.h"
#include "cli/document.h"
#include "common/text.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static void
fuzz_check(void *arg, const char *title, const char *text, size_t len)
{
	size_t *passages = arg;

	(*passages)++;
	if (len == 0 || memchr(text, '\0', len) != NULL ||
	    !text_is_utf8(text, len) || *title == '\0' ||
	    !text_is_utf8(title, strlen(title)) ||
	    text_utf8_length(text, len) > CHUNK_POINTS + CHUNK_TAIL)
		abort();
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	const char *why = NULL;
	struct document d;
	size_t passages = 0;

	if (len == 0 ||
	    document_read((enum document_format)(bytes[0] % 3), "fuzz",
		(const char *)bytes + 1, len - 1, &d, &why) != ERR_OK)
		return 0;
	chunk_split(d.title, &d.blocks, fuzz_check, &passages);
	if (passages == 0 && d.blocks.count > 0 &&
	    d.blocks.list[d.blocks.count - 1].kind != BLOCK_HEADING)
		abort();
	document_release(&d);
	return 0;
}
