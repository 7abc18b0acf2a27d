/*
 * Ties a curl multi handle to the loop: watches the sockets and keeps the one
 * timer that libcurl asks for, and reports transfers that have ended.
 */
#ifndef WORKER_TRANSFER_LOOP_H
#define WORKER_TRANSFER_LOOP_H

#include <curl/curl.h>
#include <uv.h>

struct transfer_loop;

/* done may add and remove handles of the multi handle. */
struct transfer_loop *transfer_loop_new(uv_loop_t *loop, CURLM *multi,
    void (*done)(void *ctx, CURL *easy, CURLcode code), void *ctx);

/* After curl_multi_cleanup(), which ends what is still watched. */
void transfer_loop_close(struct transfer_loop *l);

#endif
