package document

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/plan"
	"roadline/store"
)

// What a replay looks at: the newest calls of some days.
const (
	replayDays  = 7
	mostReplays = 2000
	mostTold    = 50 // of calls that come out otherwise
)

// Replayed is how the calls of the last days would have been decided on a draft, with the answers that there were then:
// who was busy, which lines were free.
type Replayed struct {
	From   time.Time
	Calls  int
	More   bool // there were more than were looked at
	Same   int
	Differ []ReplayedCall // the newest first, some of them
}

// ReplayedCall is a call that would have been decided otherwise.
type ReplayedCall struct {
	ID          fmc.CallID
	Began       time.Time
	Direction   string
	Client      string
	Number      string // of the company
	Status      fmc.Status
	Differences []string // a line each, what was before and what is now
}

// ReplayDraft decides the calls of the last days on a draft and on the newest version, and tells where they part.
func (a *Archive) ReplayDraft(ctx context.Context, v access.Viewer, d Draft) (Replayed, error) {
	x := Replayed{From: a.o.Now().AddDate(0, 0, -replayDays).UTC()}
	if err := v.Need(access.DocumentRead, access.Company); err != nil || d.Company == nil {
		return x, err
	}
	newest, err := a.generation(ctx, v.Company, d.Newest.Generation, map[int64]*fmc.Company{})
	if err != nil || newest == nil {
		return x, err
	}
	draft := *d.Company
	draft.Generation = newest.Generation // a plan says on which version it was decided: that is no difference
	err = a.o.Store.For(v.Company).Routes(ctx, x.From, mostReplays+1, func(r store.Routed) {
		if x.Calls++; x.Calls > mostReplays {
			x.Calls, x.More = mostReplays, true
			return
		}
		lines := replay(newest, &draft, r)
		if len(lines) == 0 {
			x.Same++
			return
		}
		if len(x.Differ) < mostTold {
			x.Differ = append(x.Differ, ReplayedCall{
				ID: r.Call, Began: r.Began, Direction: r.Direction, Client: r.Client, Number: r.Number, Status: r.Status, Differences: lines,
			})
		}
	})
	return x, err
}

// replay tells where two versions part on a call: at the first of its plans that comes out otherwise. What a draft asks
// that nobody asked then has no answer; it is told too.
func replay(was, is *fmc.Company, r store.Routed) []string {
	for i, text := range r.Plans {
		var stored plan.Plan
		var request plan.Request
		if json.Unmarshal(text, &stored) != nil || json.Unmarshal(r.Requests[i], &request) != nil {
			return nil // of another build: nothing can be said
		}
		before, answers := plan.Replay(stored.Because), plan.Replay(stored.Because)
		old, now := plan.Decide(was, before, request, r.At[i]), plan.Decide(is, answers, request, r.At[i])
		lines := differences(old, now)
		for _, question := range answers.Unanswered {
			if !slices.Contains(before.Unanswered, question) {
				lines = append(lines, "it also asks: "+question+", which was not asked then")
			}
		}
		if len(lines) > 0 {
			return lines
		}
	}
	return nil
}
