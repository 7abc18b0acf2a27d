wrk.method = "POST"
wrk.body = '{"question": "Which workshops are there?"}'
wrk.headers["Content-Type"] = "application/json"
