/*
 * Up to the first empty line a person a line, name and address with a tab
 * between; then a text. Valid UTF-8 stays valid, there and back.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static char *
add_people(struct mask *m, char *at)
{
	while (*at != '\0' && *at != '\n') {
		size_t len = strcspn(at, "\n");
		char *next = at + len + (at[len] == '\n'), *tab;

		at[len] = '\0';
		tab = strchr(at, '\t');
		if (tab != NULL)
			*tab++ = '\0';
		mask_add_person(m, at, tab);
		at = next;
	}
	return at;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct mask *m = mask_new();
	char *input = x_alloc(len + 1), *text;
	struct buf there, back;
	bool is_utf8;

	if (len > 0)
		memcpy(input, bytes, len);
	is_utf8 = text_is_utf8(input, strlen(input));
	text = add_people(m, input);
	buf_init(&there, SIZE_MAX / 2);
	buf_init(&back, SIZE_MAX / 2);
	mask_write(m, text, &there);
	mask_restore(m, buf_str(&there), &back);
	if (is_utf8) {
		assert(text_is_utf8(buf_str(&there), there.len));
		assert(text_is_utf8(buf_str(&back), back.len));
	}
	buf_release(&there);
	buf_release(&back);
	mask_free(m);
	mem_free(input);
	return 0;
}
