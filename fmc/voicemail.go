package fmc

import (
	"strconv"
	"strings"
	"time"
)

// messagePrompts is how the prompts begin that are messages left for somebody.
const messagePrompts = "message/"

// MessagePrompt is under what a message is heard that was left in a call, from is when it began on the call's clock.
func MessagePrompt(call CallID, from time.Duration) PromptID {
	return PromptID(messagePrompts + string(call) + "/" + strconv.FormatInt(from.Milliseconds(), 10))
}

// Message returns which message a prompt is; false for any other prompt.
func (p PromptID) Message() (call CallID, from time.Duration, ok bool) {
	rest, ok := strings.CutPrefix(string(p), messagePrompts)
	id, at, two := strings.Cut(rest, "/")
	ms, err := strconv.ParseInt(at, 10, 64)
	if !ok || !two || id == "" || err != nil || ms < 0 || ms > int64(time.Duration(1<<63-1)/time.Millisecond) {
		return "", 0, false
	}
	return CallID(id), time.Duration(ms) * time.Millisecond, true
}
