-- For wrk: each request is the only submission of one student, by the cookies of a file.
local cookies = io.lines(os.getenv("BENCH_COOKIES"))
local keys = os.getenv("BENCH_KEYS") == "1"
local n = 0
local body = '{"name":"Ana Maria Example","email":"ana@example.org","phone":"+1 555 0100 200",' ..
    '"address":"1 Example Street, Town","gpa":3.85,"test_scores":{"SAT":1450,"TOEFL":110},' ..
    '"essay":"' .. string.rep("I built a small radio and learned to listen. ", 33) .. '",' ..
    '"achievements":"' .. string.rep("First prize of the school fair. ", 18) .. '"}'

function request()
    local cookie = cookies and cookies()
    local headers = { ["Content-Type"] = "application/json", ["Sec-Fetch-Site"] = "same-origin",
        ["Origin"] = "http://" .. wrk.headers["Host"] }
    if not cookie then -- all have applied: refused before anything is written
        cookies = nil
        return wrk.format("POST", "/applications", headers, body)
    end
    headers["Cookie"] = "enigma_student_session=" .. cookie
    n = n + 1
    if keys then headers["Idempotency-Key"] = "bench-" .. n end
    return wrk.format("POST", "/applications", headers, body)
end
