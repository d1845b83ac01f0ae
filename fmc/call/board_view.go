package call

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// view is the board as one call sees it at one instant: what the World of its Decide stands on.
type view struct {
	*board
	call  fmc.CallID
	now   time.Time
	reach func(fmc.DeviceID) []fmc.LineState
}

func (v view) Busy(who fmc.EmployeeID) bool {
	return v.busy(who, v.call)
}

func (v view) Lines(d fmc.DeviceID) []fmc.LineState { return v.reach(d) }

func (v view) LastWith(caller callerid.Number) (fmc.EmployeeID, time.Duration) {
	t, ok := v.last[caller.E164]
	if !ok || caller.E164 == "" {
		return "", longAgo
	}
	return t.with, v.now.Sub(t.at)
}

func (v view) IdleSince(who fmc.EmployeeID) time.Duration {
	at, ok := v.idle[who]
	if !ok {
		return longAgo
	}
	return v.now.Sub(at)
}

func (v view) Turn(g fmc.GroupID) fmc.EmployeeID { return v.turn[g] }

func (v view) Waiting(g fmc.GroupID) int {
	n := 0
	for _, w := range v.lines[g] {
		if w.call == v.call {
			break
		}
		n++
	}
	return n
}

func (v view) InUse(limit fmc.LimitID) int { return v.before(limit, v.call) }
