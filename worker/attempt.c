#include "worker/attempt.h"

#include <string.h>

#include "common/mem.h"

/* FNV-1a; ids are random and not chosen to collide. */
static size_t
attempts_slot(const struct attempts *all, const char *id)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * UINT64_C(1099511628211);
	return (size_t)hash & all->slots_mask;
}

void
attempts_init(struct attempts *all, size_t expected)
{
	size_t slots = 64;

	while (slots < expected * 2)
		slots *= 2;
	*all = (struct attempts){
	    .slots = x_calloc(slots, sizeof *all->slots),
	    .slots_mask = slots - 1,
	};
	TAILQ_INIT(&all->list);
}

void
attempts_release(struct attempts *all)
{
	struct attempt *a;

	while ((a = TAILQ_FIRST(&all->list)) != NULL)
		attempts_remove(all, a);
	mem_free(all->slots);
}

struct attempt *
attempts_add(struct attempts *all, const struct uuid *id,
    const struct uuid *user_id, const struct uuid *session_id, const char *type)
{
	size_t type_size = strlen(type) + 1;
	struct attempt *a = x_alloc(sizeof *a + type_size);
	size_t slot = attempts_slot(all, id->text);

	a->id = *id;
	a->user_id = *user_id;
	if (session_id != NULL) {
		a->session_id = *session_id;
		a->job.session_id = a->session_id.text;
	}
	memcpy(a->type, type, type_size);
	a->job.id = a->id.text;
	a->job.user_id = a->user_id.text;
	a->job.type = a->type;
	a->chain = all->slots[slot];
	all->slots[slot] = a;
	TAILQ_INSERT_TAIL(&all->list, a, link);
	all->n++;
	return a;
}

struct attempt *
attempts_find(const struct attempts *all, const char *id)
{
	struct attempt *a = all->slots[attempts_slot(all, id)];

	while (a != NULL && strcmp(a->id.text, id) != 0)
		a = a->chain;
	return a;
}

void
attempts_remove(struct attempts *all, struct attempt *a)
{
	struct attempt **at = &all->slots[attempts_slot(all, a->id.text)];

	while (*at != a)
		at = &(*at)->chain;
	*at = a->chain;
	TAILQ_REMOVE(&all->list, a, link);
	all->n--;
	json_object_put(a->job.payload);
	mem_free(a);
}
