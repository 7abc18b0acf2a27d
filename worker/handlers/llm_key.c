#include "worker/handlers/llm_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"

#define LLM_NAME_MAX (64 * 1024)

/* libpq's MD5 of password and user name, which here are the key, and URL and
 * model: it is at hand, and a key is too long to be guessed from it. */
static void
llm_key_mark(struct llm_key *k)
{
	struct buf b;
	char *md5;

	buf_init(&b, LLM_NAME_MAX);
	buf_printf(&b, " %s %s %s", k->provider->base_url, k->provider->query,
	    k->provider->model);
	md5 = PQencryptPassword(k->text, buf_str(&b));
	(void)snprintf(k->fingerprint, sizeof k->fingerprint, "%s",
	    md5 != NULL ? md5 : "unknown");
	PQfreemem(md5);
	buf_release(&b);
}

static void
llm_key_remember(struct llm_key *k, const struct stat *st)
{
	k->changed = st->st_mtim;
	k->size = st->st_size;
	k->inode = st->st_ino;
}

void
llm_key_init(struct llm_key *k, const struct conf_provider *provider)
{
	struct stat st;

	*k = (struct llm_key){
	    .provider = provider, .text = x_strdup(provider->api_key)};
	if (*provider->api_key_file != '\0' &&
	    stat(provider->api_key_file, &st) == 0)
		llm_key_remember(k, &st);
	llm_key_mark(k);
}

void
llm_key_release(struct llm_key *k)
{
	secret_free(k->text);
	*k = (struct llm_key){0};
}

static bool
llm_key_is_same(const struct llm_key *k, const struct stat *st)
{
	return st->st_mtim.tv_sec == k->changed.tv_sec &&
	    st->st_mtim.tv_nsec == k->changed.tv_nsec &&
	    st->st_size == k->size && st->st_ino == k->inode;
}

const char *
llm_key_text(struct llm_key *k)
{
	const char *path = k->provider->api_key_file, *why = NULL;
	char *text = NULL;
	struct stat st;

	if (*path == '\0')
		return k->text;
	if (stat(path, &st) != 0)
		why = strerror(errno);
	else if (llm_key_is_same(k, &st))
		return k->text;
	else
		text = secret_read(path, &why);
	if (text == NULL) {
		log_event_limited(&k->logged_ms, LOG_ERR, "llm_key_unreadable",
		    "provider", k->provider->name, "file", path, "error", why,
		    NULL);
		return k->text;
	}
	llm_key_remember(k, &st);
	if (strcmp(text, k->text) != 0)
		log_event(LOG_INFO, "llm_key_renewed", "provider",
		    k->provider->name, NULL);
	secret_free(k->text);
	k->text = text;
	llm_key_mark(k);
	return k->text;
}
