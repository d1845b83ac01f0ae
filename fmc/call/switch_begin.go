package call

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// offeredBy is the first event of a call that somebody makes: a person of the company where the request says so.
func offeredBy(company *fmc.Company, r plan.Request, leg fmc.LegID) LegOffered {
	first := LegOffered{Leg: leg, Role: fmc.Client}
	switch {
	case r.Account != "":
		first.Role, first.Line = fmc.Worker, fmc.LineID("sip:"+string(r.Account))
		if e, d, ok := company.Account(r.Account); ok {
			first.Who = Who{Employee: e.ID, Device: d.ID}
		}
		return first
	case r.Trunk != "":
		first.Line = fmc.LineID("trunk:" + string(r.Trunk))
	default:
		first.Line = r.Line
	}
	if e, ok := company.Employee(r.Employee); ok && r.Employee != "" && r.Direction != fmc.Inbound {
		first.Role, first.Who = fmc.Worker, Who{Employee: e.ID, Device: mobileOf(e, r.From)}
	}
	return first
}

// mobileOf is a person's device that has a number; empty where none has.
func mobileOf(e *fmc.Employee, n callerid.Number) fmc.DeviceID {
	for _, d := range e.Devices {
		if d.Kind == fmc.Mobile && d.Number.Same(n) {
			return d.ID
		}
	}
	return ""
}

// freeAgain is how long whoever is called back at once has to be free again: the call that asked for it must be over here,
// and for the mobile's network.
const freeAgain = 2 * time.Second

// follow begins a call that another promised, when its time comes. Where the node ends before, the next start takes the
// promise from the journal: Resume.
func (s *Switch) follow(b Begin, now time.Time) {
	if b.After == 0 {
		b.After = freeAgain
	}
	s.mu.Lock()
	s.board(b.Request.Company).calledBack(b.Request, now)
	if b.After > 0 && !s.draining {
		s.wait(b)
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	s.begin(b.Request)
}

// wait sets the timer of a call that is to begin. mu is held.
func (s *Switch) wait(b Begin) {
	var t *time.Timer
	t = time.AfterFunc(b.After, func() {
		s.mu.Lock()
		_, due := s.later[t]
		delete(s.later, t)
		s.mu.Unlock()
		if due {
			s.begin(b.Request)
		}
	})
	s.later[t] = struct{}{}
}

// settling is how long a node that starts lets its phones and lines come before it keeps promises of earlier starts.
const settling = 5 * time.Second

// Resume takes up the calls that earlier starts promised by Wanted and did not begin. Whoever calls it takes calls by now.
func (s *Switch) Resume(promises []fmc.Fact, now time.Time) {
	for _, f := range promises {
		w, ok := f.Body.(fmc.Wanted)
		if !ok || w.Due.IsZero() {
			continue
		}
		if w.Late(now) {
			s.o.Log.Warn("person not called back: the server was away for too long", "call", f.Call, "company", f.Company, "dur", now.Sub(w.Due).Round(time.Second))
			continue
		}
		r := promised(f.Company, f.Call, w)
		s.mu.Lock()
		s.board(f.Company).calledBack(r, now)
		if !s.draining {
			s.wait(Begin{Request: r, After: max(w.Due.Sub(now), settling)})
		}
		s.mu.Unlock()
		s.o.Log.Info("promise of an earlier start taken up", "call", f.Call, "company", f.Company)
	}
}

func (s *Switch) begin(r plan.Request) {
	if c, err := s.callBack(r); err != nil {
		s.o.Log.Warn("person not called back", "call", c.ID, "company", r.Company, "cause", err)
	}
}

// Remember takes what is known of calls before this start, in any order: who talked with whom, who is idle since when,
// what people spent today, how they proved who they are, and whose PIN was locked. What the node saw itself meanwhile is
// newer and stays; each record is told once. Lost with a kill are wrong PINs that locked nothing yet.
func (s *Switch) Remember(records []fmc.Record) {
	for _, r := range records {
		company, ok := s.o.Directory.Company(r.Company)
		if !ok {
			continue
		}
		s.mu.Lock()
		b := s.board(r.Company)
		b.zone = company.Profile.Zone
		b.recall(r)
		b.recallSpent(r, company)
		b.recallProofs(r, company)
		s.mu.Unlock()
	}
}
