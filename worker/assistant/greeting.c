#include "worker/assistant/greeting.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum greeting { GREETING_NONE, GREETING_HELLO, GREETING_THANKS, GREETING_WHO };

#define GREETING_LEN_MAX 48 /* whoever writes more says something */

/* Small letters, one blank between words, no other signs. */
static const struct {
	const char *text;
	enum greeting greeting;
} greetings[] = {
    {"hi", GREETING_HELLO},
    {"hey", GREETING_HELLO},
    {"hello", GREETING_HELLO},
    {"hello world", GREETING_HELLO},
    {"hi there", GREETING_HELLO},
    {"hey there", GREETING_HELLO},
    {"hello there", GREETING_HELLO},
    {"hello tutor", GREETING_HELLO},
    {"greetings", GREETING_HELLO},
    {"good day", GREETING_HELLO},
    {"good morning", GREETING_HELLO},
    {"good afternoon", GREETING_HELLO},
    {"good evening", GREETING_HELLO},
    {"how are you", GREETING_HELLO},
    {"hello how are you", GREETING_HELLO},
    {"hi how are you", GREETING_HELLO},
    {"thanks", GREETING_THANKS},
    {"thank you", GREETING_THANKS},
    {"thanks a lot", GREETING_THANKS},
    {"many thanks", GREETING_THANKS},
    {"thank you very much", GREETING_THANKS},
    {"thank you so much", GREETING_THANKS},
    {"ok thanks", GREETING_THANKS},
    {"ok thank you", GREETING_THANKS},
    {"great thanks", GREETING_THANKS},
    {"bye", GREETING_THANKS},
    {"goodbye", GREETING_THANKS},
    {"good bye", GREETING_THANKS},
    {"who are you", GREETING_WHO},
    {"what are you", GREETING_WHO},
    {"are you a bot", GREETING_WHO},
    {"are you human", GREETING_WHO},
    {"are you a human", GREETING_WHO},
    {"what can you do", GREETING_WHO},
    {"what do you do", GREETING_WHO},
    {"what can i ask you", GREETING_WHO},
    {"what can i ask", GREETING_WHO},
    {"can you help me", GREETING_WHO},
    {"help", GREETING_WHO},
    {"help me", GREETING_WHO},
};

/* The words of a text as they stand above; false if there are too many. */
static bool
greeting_words(const char *text, char out[GREETING_LEN_MAX])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		bool is_letter = isalpha(c) || c >= 0x80;

		if (c == '\'')
			continue;
		if (!is_letter && (n == 0 || out[n - 1] == ' '))
			continue;
		if (n == GREETING_LEN_MAX - 1)
			return false;
		out[n++] = is_letter ? (char)tolower(c) : ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return true;
}

static enum greeting
greeting_read(const char *text)
{
	char words[GREETING_LEN_MAX];

	if (!greeting_words(text, words))
		return GREETING_NONE;
	for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++) {
		if (strcmp(words, greetings[i].text) == 0)
			return greetings[i].greeting;
	}
	return GREETING_NONE;
}

bool
greeting_answer(const char *text, const char *about, struct buf *b)
{
	switch (greeting_read(text)) {
	case GREETING_HELLO:
		buf_printf(
		    b, "Hello! What would you like to know about %s?", about);
		return true;
	case GREETING_THANKS:
		buf_add_str(b,
		    "You are welcome. If another question comes up, just "
		    "ask.");
		return true;
	case GREETING_WHO:
		buf_printf(b,
		    "I look up answers about %s. Just ask a question in your "
		    "own words.",
		    about);
		return true;
	case GREETING_NONE:
		break;
	}
	return false;
}
