#include "worker/assistant/extract.h"

#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "worker/assistant/cue.h"
#include "worker/assistant/sentence.h"

#define PICKS_MAX 3
#define UNITS_PER_PASSAGE 100
#define LEAD_BYTES_MAX 500 /* of code or a list behind "like this:" */
#define COMPANION_BYTES_MAX 300
#define ITEM_BYTES_MAX 120 /* of "work_mem (integer)" above what it is */
#define COVER_MIN 0.3      /* of the question by the best sentence */
#define COVER_ENOUGH 0.95
#define GAIN_MIN 0.08       /* of the question by each further one */
#define GAIN_ELSEWHERE 0.25 /* more, if it is from another passage */

/* One sentence, and how it fits the question. */
struct unit {
	struct sentence s;
	size_t passage;
	uint32_t stems;
	uint32_t told;  /* stems that are dealt with if it is picked */
	uint32_t named; /* stems of the item that it explains */
	double score;
	bool is_picked;
};

struct extract {
	const struct passages *p;
	const char *question;
	bool asks_what; /* "What is …", "formula": a definition answers best */
	bool asks_how;  /* "How do I …": an instruction does */
	bool compares;  /* "… difference …": a sentence about each does */
	struct unit *units;
	size_t count;
	uint32_t titles[PASSAGES_MAX]; /* stems in their titles */
};

/*
 * Coverage decides; words in the passage's title count a third, as its
 * sentences are about them without saying so, and in a comparison the subject
 * counts most. The rest breaks ties: definitions
 * for "what is", the order of the passages, their beginnings; no fragments, no
 * asides, no questions, nothing overlong or that leans on what is before it.
 */
static double
extract_score(const struct extract *x, const struct unit *u, bool is_first)
{
	double said = passages_cover(x->p, u->stems);
	double score = said +
	    0.35 *
		(passages_cover(x->p, u->stems | x->titles[u->passage]) -
		    said) +
	    0.2 * x->p->list[u->passage].relevance - 0.06 * (double)u->passage;

	if (x->asks_what && u->stems != 0)
		score += cue_definition(x->p, &u->s) +
		    (passages_cover(x->p, cue_subject(x->p, &u->s)) >=
				0.8 * said
			    ? 0.1
			    : 0);
	if (x->asks_how)
		score += cue_instruction(&u->s);
	score += 0.1 * cue_phrases(x->p, x->question, &u->s);
	if (u->named != 0)
		score += 0.8 *
			(passages_cover(x->p, u->stems | u->named) - said) +
		    (passages_cover(x->p, u->named) >= 0.8 ? 0.2 : 0);
	if (x->compares)
		score += (u->told != 0 ? 0.3 : 0) -
		    0.4 * (said - passages_cover(x->p, u->told));
	if (cue_is_dangling(&u->s) || strchr("([", *u->s.at) != NULL)
		score -= 0.1;
	if (is_first)
		score += 0.06;
	if (!u->s.is_prose)
		score -= 0.3;
	if (u->s.at[u->s.len - 1] == '?')
		score -= 0.2;
	if (u->s.len > 400)
		score -= 0.1;
	return score;
}

/* Does the question begin with one of the n openings? */
static bool
extract_begins(const char *question, const char *const *openings, size_t n)
{
	question += strspn(question, " \t\n\"'");
	for (size_t i = 0; i < n; i++) {
		if (strncasecmp(question, openings[i], strlen(openings[i])) ==
		    0)
			return true;
	}
	return false;
}

static bool
extract_contains(const char *question, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasestr(question, words[i]) != NULL)
			return true;
	}
	return false;
}

/*
 * The stems of the item that a sentence explains: a line in front of it that
 * is no prose, as reference manuals have them (a parameter, a function, an
 * entry of a glossary). It has to begin with a stem.
 */
static uint32_t
extract_item(const struct passages *p, const struct sentence *s,
    const struct sentence *above)
{
	if (above->is_prose || above->line != s->line - 1 ||
	    memchr(above->at, '=', above->len) != NULL ||
	    memchr(above->at, ';', above->len) != NULL ||
	    above->len > ITEM_BYTES_MAX || !s->is_prose ||
	    cue_subject(p, above) == 0)
		return 0;
	return passages_stems(p, above->at, above->len);
}

/* Is the same sentence there already, from a passage that overlaps? */
static bool
extract_is_repeated(const struct extract *x, const struct sentence *s)
{
	for (size_t i = 0; i < x->count; i++) {
		if (x->units[i].s.len == s->len &&
		    memcmp(x->units[i].s.at, s->at, s->len) == 0)
			return true;
	}
	return false;
}

static void
extract_read_passage(struct extract *x, size_t passage)
{
	const struct passage *p = &x->p->list[passage];
	struct sentence found[UNITS_PER_PASSAGE];
	size_t n = sentence_split(p->content, found, UNITS_PER_PASSAGE);

	x->titles[passage] = passages_stems(x->p, p->title, strlen(p->title));
	for (size_t i = 0; i < n; i++) {
		struct unit *u = &x->units[x->count];

		if (extract_is_repeated(x, &found[i]))
			continue;
		*u = (struct unit){.s = found[i],
		    .passage = passage,
		    .stems = passages_stems(x->p, found[i].at, found[i].len)};
		if (i > 0 && x->count > 0 && u[-1].s.at == found[i - 1].at)
			u->named = extract_item(x->p, &found[i], &found[i - 1]);
		if ((u->named & ~u->stems) == 0)
			u->named = 0; /* it says so itself */
		u->told = !x->compares     ? u->stems | u->named
		    : cue_contrasts(&u->s) ? u->stems
					   : cue_subject(x->p, &u->s);
		u->score = extract_score(x, u, i == 0);
		x->count++;
	}
}

static struct unit *
extract_best(struct extract *x)
{
	struct unit *best = NULL;

	for (size_t i = 0; i < x->count; i++) {
		struct unit *u = &x->units[i];

		if ((u->stems | u->named) != 0 && !cue_is_echo(x->p, &u->s) &&
		    (best == NULL || u->score > best->score))
			best = u;
	}
	if (best == NULL ||
	    passages_cover(
		x->p, best->stems | best->named | x->titles[best->passage]) <
		COVER_MIN)
		return NULL;
	return best;
}

/* The sentence that adds most to what is covered, from the passages with the
 * numbers a and b; near the first one if several add the same. One from b must
 * have something in common with what is covered. */
static struct unit *
extract_next(struct extract *x, uint32_t covered, size_t a, size_t b)
{
	double have = passages_cover(x->p, covered), most = GAIN_MIN;
	struct unit *next = NULL;

	for (size_t i = 0; i < x->count; i++) {
		struct unit *u = &x->units[i];
		double gain = passages_cover(x->p, covered | u->told) - have;

		if (u->passage != a && (u->stems & covered) == 0)
			continue;
		if (u->passage != a && !x->compares)
			gain -= GAIN_ELSEWHERE;
		if (!u->is_picked && u->s.is_prose && gain > most &&
		    !cue_is_echo(x->p, &u->s) &&
		    (u->passage == a || u->passage == b)) {
			most = gain;
			next = u;
		}
	}
	return next;
}

/* Does the sentence go on with the subject of the one before it? */
static bool
extract_is_companion(const struct unit *u)
{
	return u->s.is_prose && u->s.len <= COMPANION_BYTES_MAX &&
	    (u->stems != 0 || cue_is_dangling(&u->s));
}

/* Picks sentences until the question is covered. A single one takes along what
 * follows it in its paragraph if that goes on with the subject. */
static void
extract_pick(struct extract *x, struct unit *best)
{
	uint32_t covered = best->told;
	size_t other = best->passage;
	int picks = 1;

	best->is_picked = true;
	while (
	    picks < PICKS_MAX && passages_cover(x->p, covered) < COVER_ENOUGH) {
		/* The first passage but the best one that adds anything stays
		 * the only other one. */
		size_t try = other != best->passage ? other
		    : best->passage == 0            ? 1
						    : 0;
		struct unit *next = extract_next(
		    x, covered, best->passage, try);

		if (next == NULL)
			break;
		other = next->passage != best->passage ? next->passage : other;
		next->is_picked = true;
		covered |= next->told;
		picks++;
	}
	if (picks == 1 && best + 1 < x->units + x->count &&
	    best[1].passage == best->passage &&
	    best[1].s.line == best->s.line && extract_is_companion(&best[1]))
		best[1].is_picked = true;
}

/* What a sentence that ends with a colon announces: the lines behind it that
 * are not prose. */
static void
extract_add_announced(struct buf *b, const struct extract *x, size_t i)
{
	const struct unit *u = &x->units[i];
	const char *from = u->s.at + u->s.len, *end = from;

	for (size_t j = i + 1; j < x->count; j++) {
		const struct unit *v = &x->units[j];
		const char *stop = v->s.at + v->s.len;

		if (v->passage != u->passage || v->is_picked ||
		    (v->s.is_prose && j > i + 1) ||
		    stop - from > LEAD_BYTES_MAX)
			break;
		end = stop;
		if (v->s.is_prose)
			break;
	}
	buf_add(b, from, (size_t)(end - from));
}

static void
extract_write(const struct extract *x, struct buf *b, uint32_t *used)
{
	const struct unit *last = NULL;

	for (size_t i = 0; i < x->count; i++) {
		const struct unit *u = &x->units[i];

		if (!u->is_picked)
			continue;
		if (last != NULL)
			buf_add_str(b,
			    last->passage == u->passage && !last->s.is_lead
				? " "
				: "\n\n");
		if (u->named != 0 && !u[-1].is_picked) {
			buf_add(b, u[-1].s.at, u[-1].s.len);
			buf_add_str(b, "\n");
		}
		buf_add(b, u->s.at, u->s.len);
		if (u->s.is_lead)
			extract_add_announced(b, x, i);
		*used |= UINT32_C(1) << u->passage;
		last = u;
	}
}

/* Is it not a question but what one would type into a search box, such as "undo
 * a commit"? It asks how. */
static bool
extract_is_search(const char *question)
{
	static const char *const openers[] = {"what", "what's", "why", "who",
	    "whose", "when", "where", "which", "is", "are", "was", "were", "do",
	    "does", "did", "can", "could", "should", "will", "would", "how",
	    "has", "have", "after", "before", "in", "if", "up", "with", "my"};
	const char *word, *end = question + strlen(question);
	size_t len;

	return sentence_next_word(&question, end, &word, &len) &&
	    !sentence_word_is_in(
		openers, sizeof openers / sizeof *openers, word, len);
}

/* The last sentence: what a follow-up asks, behind the question before it. */
static const char *
extract_last(const char *question)
{
	const char *last = question;

	for (const char *p = question; *p != '\0'; p++) {
		if (strchr(".?!", *p) != NULL && p[1] == ' ' &&
		    p[2 + strspn(p + 2, " ")] != '\0')
			last = p + 1;
	}
	return last + strspn(last, " ");
}

bool
extract_answer(const struct passages *p, const char *question, struct buf *b,
    uint32_t *used)
{
	static const char *const what[] = {
	    "what is ", "what's ", "what are ", "what does ", "define "};
	static const char *const how[] = {"how do ", "how can ", "how to "};
	static const char *const versus[] = {
	    "difference between", " vs", " versus "};
	static const char *const sums[] = {"calculat", "comput", "formula"};
	const char *last = extract_last(question);
	struct extract x = {.p = p,
	    .question = question,
	    .asks_what = extract_begins(last, what, sizeof what / sizeof *what),
	    .asks_how = extract_begins(last, how, sizeof how / sizeof *how)};
	struct unit *best;

	x.asks_how |= extract_is_search(last);
	x.compares = extract_contains(
	    question, versus, sizeof versus / sizeof *versus);
	x.asks_what |= x.compares ||
	    extract_contains(question, sums, sizeof sums / sizeof *sums);
	x.units = x_calloc(p->count * UNITS_PER_PASSAGE + 1, sizeof *x.units);
	for (size_t i = 0; i < p->count; i++)
		extract_read_passage(&x, i);
	best = extract_best(&x);
	if (best != NULL) {
		extract_pick(&x, best);
		extract_write(&x, b, used);
	}
	mem_free(x.units);
	return best != NULL;
}
