/*
 * What is scrubbed has no more than twice the length, stays valid UTF-8, and is
 * not changed by scrubbing it again.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/scrub.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = x_alloc(len + 1);
	struct buf once, twice;

	if (len > 0)
		memcpy(text, bytes, len);
	len = strlen(text);
	buf_init(&once, 2 * len);
	buf_init(&twice, 2 * len);
	scrub_write(text, &once);
	assert(buf_status(&once) == ERR_OK);
	assert(
	    !text_is_utf8(text, len) || text_is_utf8(buf_str(&once), once.len));
	scrub_write(buf_str(&once), &twice);
	assert(strcmp(buf_str(&once), buf_str(&twice)) == 0);
	buf_release(&once);
	buf_release(&twice);
	mem_free(text);
	return 0;
}
