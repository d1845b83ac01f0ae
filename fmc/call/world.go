package call

import (
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// World returns what a call that began now would be decided on: who is busy, who waits, which lines are ready. It may be
// asked by any goroutine, and answers what is so at each question.
func (s *Switch) World(company *fmc.Company, now time.Time) plan.World {
	return s.world(company, "", now)
}

// world is World as a call sees it that exists already.
func (s *Switch) world(company *fmc.Company, id fmc.CallID, now time.Time) plan.World {
	s.mu.Lock()
	b := s.board(company.Profile.ID)
	s.mu.Unlock()
	return locked{view{board: b, call: id, now: now, reach: func(d fmc.DeviceID) []fmc.LineState { return s.o.Reach(company, d) }}, s, company}
}

// Quiet is a World in which nothing happens: nobody is busy, waits, called before or wishes not to be disturbed, every line is ready, and no SIM was
// used, roams or has a signal by which it would be better than another, so that a company's test comes out alike on any
// day. reach says which lines there are; nil: each phone's own, and for numbers the trunks that carry the company's, and
// its SIMs.
func Quiet(company *fmc.Company, reach func(fmc.DeviceID) []fmc.LineState) plan.World {
	if reach == nil {
		reach = func(d fmc.DeviceID) []fmc.LineState { return ownLines(company, d) }
	}
	return quiet{reach}
}

// quiet answers Quiet's questions.
type quiet struct {
	reach func(fmc.DeviceID) []fmc.LineState
}

func (q quiet) Lines(d fmc.DeviceID) []fmc.LineState {
	lines := slices.Clone(q.reach(d))
	for i := range lines {
		lines[i].Ready, lines[i].Why, lines[i].Free = true, "", 0
		if sim := lines[i].SIM; sim != nil {
			lines[i].SIM = &fmc.SIMState{ICCID: sim.ICCID}
		}
	}
	return lines
}

func (quiet) Busy(fmc.EmployeeID) bool                                 { return false }
func (quiet) LastWith(callerid.Number) (fmc.EmployeeID, time.Duration) { return "", longAgo }
func (quiet) IdleSince(fmc.EmployeeID) time.Duration                   { return longAgo }
func (quiet) Turn(fmc.GroupID) fmc.EmployeeID                          { return "" }
func (quiet) Waiting(fmc.GroupID) int                                  { return 0 }
func (quiet) InUse(fmc.LimitID) int                                    { return 0 }
func (quiet) Talking(fmc.EmployeeID) []fmc.LegID                       { return nil }
func (quiet) In(fmc.ConferenceID) int                                  { return 0 }
func (quiet) Messages(fmc.EmployeeID) []fmc.NewMail                    { return nil }
func (quiet) Mode(fmc.EmployeeID) fmc.Mode                             { return fmc.Mode{} }
func (quiet) CheckPIN(fmc.PINTry) fmc.PINVerdict                       { return fmc.PINRight }
func (quiet) Caller(fmc.EmployeeID, callerid.Number, callerid.Number) fmc.Caller {
	return fmc.Caller{HasPIN: true, Ever: true, Proved: time.Minute}
}

var _ plan.World = quiet{}

// ownLines are the lines that a company's document speaks of.
func ownLines(company *fmc.Company, id fmc.DeviceID) []fmc.LineState {
	for i := range company.Employees {
		if d, ok := company.Employees[i].Device(id); ok && d.Kind == fmc.SIPPhone {
			return []fmc.LineState{{ID: fmc.LineID("sip:" + string(d.Account)), Kind: fmc.AccountLine}}
		}
	}
	var lines []fmc.LineState
	seen := map[fmc.TrunkID]bool{}
	for _, n := range company.Numbers {
		if n.Trunk == "" || seen[n.Trunk] {
			continue
		}
		seen[n.Trunk] = true
		lines = append(lines, fmc.LineState{
			ID: fmc.LineID("trunk:" + string(n.Trunk)), Kind: fmc.TrunkLine, Trunk: n.Trunk, Form: callerid.Form{Country: company.Profile.Country},
		})
	}
	for _, s := range company.SIMs {
		lines = append(lines, fmc.LineState{ID: s.ICCID.Line(), Kind: fmc.SIMLine, SIM: &fmc.SIMState{ICCID: s.ICCID}})
	}
	return lines
}
