/*
 * cmocka with what it needs included, and checks for tables: a row carries its
 * own __LINE__, so that a failure names the row and not the loop.
 */
#ifndef TESTS_UNIT_COMMON_UNIT_H
#define TESTS_UNIT_COMMON_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROW_TRUE(row, fact)                                                    \
	_assert_true((fact) ? 1 : 0, #fact, __FILE__, (row)->line)
#define ROW_INT(row, got, want)                                                \
	_assert_int_equal(                                                     \
	    (uintmax_t)(got), (uintmax_t)(want), __FILE__, (row)->line)
#define ROW_STR(row, got, want)                                                \
	_assert_string_equal((got), (want), __FILE__, (row)->line)
#define ROWS(table) (sizeof(table) / sizeof *(table))

#endif
