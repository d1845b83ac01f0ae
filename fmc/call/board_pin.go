package call

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// What stands against guessing PINs where the company says nothing, and across all callers.
const (
	pinTries   = 3                // FLOWS E2a: of one caller, or for one person
	pinLock    = 15 * time.Minute // FLOWS E2a
	pinAll     = 10               // wrong PINs at one access number within pinAllTime lock it
	pinAllTime = 15 * time.Minute
	manyLocks  = 1000 // numbers that are watched before old ones are forgotten
)

// guesses are the wrong PINs of late: by the number they were keyed from, by whose PIN it was to be, and by the number
// that was called.
type guesses map[suspect]*guess

// suspect is one of those three.
type suspect struct {
	from string
	who  fmc.EmployeeID
	at   string
}

// guess is what a suspect did.
type guess struct {
	wrong []time.Time
	until time.Time // locked
}

// suspects are whom a try is counted against. Who hides their number shares it with everybody else who does: only the
// person and the access number count then.
func suspects(t fmc.PINTry) []suspect {
	all := make([]suspect, 0, 3)
	if t.From.E164 != "" {
		all = append(all, suspect{from: t.From.E164})
	}
	if t.Employee != "" {
		all = append(all, suspect{who: t.Employee})
	}
	if t.To.E164 != "" {
		all = append(all, suspect{at: t.To.E164})
	}
	return all
}

// wrong is how many wrong PINs came from a number lately.
func (g guesses) wrong(from callerid.Number, now time.Time) int {
	n := 0
	if x, ok := g[suspect{from: from.E164}]; ok && from.E164 != "" {
		for _, at := range x.wrong {
			if now.Sub(at) < pinLock {
				n++
			}
		}
	}
	return n
}

// locked reports whether no PIN of such a try is taken.
func (g guesses) locked(t fmc.PINTry, now time.Time) bool {
	for _, s := range suspects(t) {
		if x, ok := g[s]; ok && now.Before(x.until) {
			return true
		}
	}
	return false
}

// try counts a PIN as wrong before it is looked at, so that many at once are no way round the count; right takes that
// back. It reports whether one more wrong PIN is one too many.
func (g guesses) try(t fmc.PINTry, rule fmc.ThroughRule, now time.Time) (last bool) {
	tries, lock := rule.Tries, rule.Lock
	if tries <= 0 {
		tries = pinTries
	}
	if lock <= 0 {
		lock = pinLock
	}
	g.prune(now)
	for _, s := range suspects(t) {
		most, within := tries, lock
		if s.at != "" {
			most, within = pinAll, pinAllTime
		}
		x, ok := g[s]
		if !ok {
			x = &guess{}
			g[s] = x
		}
		kept := x.wrong[:0]
		for _, at := range x.wrong {
			if now.Sub(at) < within {
				kept = append(kept, at)
			}
		}
		if x.wrong = append(kept, now); len(x.wrong) >= most {
			x.until, last = now.Add(within), true
		}
	}
	return last
}

// right takes that a PIN which was counted is right: the caller and the person begin anew, of the access number one is
// taken back.
func (g guesses) right(t fmc.PINTry, now time.Time) {
	for _, s := range suspects(t) {
		x, ok := g[s]
		switch {
		case !ok:
		case s.at == "":
			delete(g, s)
		default:
			for i := len(x.wrong) - 1; i >= 0; i-- {
				if x.wrong[i].Equal(now) {
					x.wrong = append(x.wrong[:i], x.wrong[i+1:]...)
					break
				}
			}
			if len(x.wrong) < pinAll {
				x.until = time.Time{}
			}
		}
	}
}

// lock locks what a record of an earlier start says was locked.
func (g guesses) lock(t fmc.PINTry, until time.Time) {
	for _, s := range suspects(t) {
		if s.at != "" {
			continue
		}
		if x, ok := g[s]; !ok || x.until.Before(until) {
			g[s] = &guess{until: until}
		}
	}
}

// prune forgets what is long over, where much is known.
func (g guesses) prune(now time.Time) {
	if len(g) < manyLocks {
		return
	}
	for s, x := range g {
		if now.After(x.until) && (len(x.wrong) == 0 || now.Sub(x.wrong[len(x.wrong)-1]) > time.Hour) {
			delete(g, s)
		}
	}
}
