package journeys_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
	"roadline/fmc/call"
)

// stage is the server's side of journeys: what they ask for happens there.
type stage struct{ *webtest.Cabinet }

// acts are what a journey may have happen: args is what it sent, what is returned is told to it as JSON.
var acts = map[string]func(s stage, args json.RawMessage) (any, error){
	"wires":   stage.wires,
	"calls":   stage.calls,
	"dial":    stage.dial,
	"wished":  stage.wished,
	"live":    stage.live,
	"happens": stage.happens,
}

// serve does what a journey asks for.
func (s stage) serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	args, err := io.ReadAll(r.Body)
	var told any
	if act := acts[name]; act == nil && err == nil {
		err = fmt.Errorf("no act %q", name)
	} else if err == nil {
		told, err = act(s, args)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(told)
}

func (s stage) wires(json.RawMessage) (any, error) {
	return map[string]any{"call": s.TracedCall()}, nil
}

func (s stage) calls(json.RawMessage) (any, error) {
	return map[string]any{"call": s.SeedCalls()}, nil
}

// dial has Anna's call go on to a step; none: there is no call.
func (s stage) dial(args json.RawMessage) (any, error) {
	var step string
	if err := json.Unmarshal(args, &step); err != nil {
		return nil, err
	}
	if step == "none" {
		s.Calls.Live()
		return nil, nil
	}
	x, err := webtest.Dialling(step)
	if err == nil {
		s.Calls.Live(x)
	}
	return nil, err
}

// wished tells what was wished of calls.
func (s stage) wished(json.RawMessage) (any, error) {
	_, wished := s.Calls.Asked()
	var kinds []string
	for _, w := range wished {
		if w.Kind == call.WishHangUp {
			kinds = append(kinds, "hang-up")
		}
	}
	return kinds, nil
}

// live says which calls go on.
func (s stage) live(args json.RawMessage) (any, error) {
	var wanted struct {
		Calls []struct {
			ID          fmc.CallID
			Talks, Held bool
		}
	}
	if err := json.Unmarshal(args, &wanted); err != nil {
		return nil, err
	}
	var calls []call.Call
	for _, w := range wanted.Calls {
		x := webtest.LiveCall(w.ID, "+79121112233", w.Talks)
		x.Began = time.Now().Add(-20 * time.Second)
		x.Parties[1].Held = w.Held
		calls = append(calls, x)
	}
	s.Calls.Live(calls...)
	return nil, nil
}

func (s stage) happens(json.RawMessage) (any, error) {
	return s.Happened(webtest.Now, call.Supposed{From: "+79121112233", To: "+74951234567"}), nil
}
