package call

import (
	"cmp"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// longAgo is how long a person without any call has been idle, and a client without any was last spoken to.
const longAgo = 1000 * time.Hour

// Memory is for how long it is known who talked with a client last: the longest that a group may send clients back to whom
// they talked with.
const Memory = 30 * 24 * time.Hour

// turnAgain is how soon the head of a line is told again when its turn came to nothing and no other call freed anybody
// since.
const turnAgain = 5 * time.Second

// board is what the calls of one company share: who is taken, who waits in which line, what is in use, who was rung
// last, who talked with whom. The Switch keeps one per company and guards it; Rehearse keeps its own. All of it is
// derived from the snapshots of calls, but for what must be taken at one stroke at dialling.
type board struct {
	taken map[fmc.EmployeeID][]fmc.CallID // the calls that have a person
	lines map[fmc.GroupID][]waiter
	uses  map[fmc.LimitID][]fmc.LegID // in the order they were taken
	holds map[fmc.LegID][]fmc.LimitID // what a leg took of
	turn  map[fmc.GroupID]fmc.EmployeeID
	idle  map[fmc.EmployeeID]time.Time
	last  map[string]talked // by the client's E.164 number; forgotten after Memory
	prune int               // how many of last are looked through for old ones
	freed time.Time         // when a person was freed last
	freer fmc.CallID        // by which call

	zone    *time.Location // in which the company's days begin
	people  map[fmc.EmployeeID]*person
	trips   map[fmc.LegID]*trip
	shifted []fmc.EmployeeID // whose talks outside grew or became fewer since allowances looked
	guesses guesses
	rooms   map[fmc.ConferenceID]fmc.CallID // conferences that a call opens just now
	counted map[fmc.CallID]bool             // calls that spent counts
	since   time.Time                       // the day of counted
}

// waiter is a call in a group's waiting line.
type waiter struct {
	call   fmc.CallID
	joined time.Time
	ready  bool      // it stands at Wait, nobody is rung for it
	told   time.Time // when it was told that its turn came; zero: not since it is ready
}

type talked struct {
	with fmc.EmployeeID
	at   time.Time
}

func newBoard() *board {
	return &board{
		taken: map[fmc.EmployeeID][]fmc.CallID{}, lines: map[fmc.GroupID][]waiter{}, uses: map[fmc.LimitID][]fmc.LegID{}, holds: map[fmc.LegID][]fmc.LimitID{},
		turn: map[fmc.GroupID]fmc.EmployeeID{}, idle: map[fmc.EmployeeID]time.Time{}, last: map[string]talked{},
		people: map[fmc.EmployeeID]*person{}, trips: map[fmc.LegID]*trip{}, guesses: guesses{}, rooms: map[fmc.ConferenceID]fmc.CallID{}, counted: map[fmc.CallID]bool{},
	}
}

// take takes a person for a call; false where another call has them.
func (b *board) take(id fmc.CallID, who fmc.EmployeeID, group fmc.GroupID) bool {
	if who == "" {
		return true
	}
	if b.busy(who, id) {
		return false
	}
	b.join(who, id)
	if group != "" {
		b.turn[group] = who
	}
	return true
}

// busy reports whether other calls have a person and this one has not.
func (b *board) busy(who fmc.EmployeeID, id fmc.CallID) bool {
	return len(b.taken[who]) > 0 && !slices.Contains(b.taken[who], id)
}

// join notes that a call has a person.
func (b *board) join(who fmc.EmployeeID, id fmc.CallID) {
	if who != "" && !slices.Contains(b.taken[who], id) {
		b.taken[who] = append(b.taken[who], id)
	}
}

// part notes that a call has a person no more: who is in no other is free.
func (b *board) part(who fmc.EmployeeID, id fmc.CallID, now time.Time) {
	if !slices.Contains(b.taken[who], id) {
		return
	}
	if rest := slices.DeleteFunc(b.taken[who], func(x fmc.CallID) bool { return x == id }); len(rest) > 0 {
		b.taken[who] = rest
		return
	}
	delete(b.taken, who)
	b.idle[who], b.freed, b.freer = now, now, id
}

// use takes one of a limit for a leg; most is how many there are, 0 for any number.
func (b *board) use(limit fmc.LimitID, leg fmc.LegID, most int) bool {
	if limit == "" || slices.Contains(b.uses[limit], leg) {
		return true
	}
	if !b.room(limit, leg, most) {
		return false
	}
	b.uses[limit] = append(b.uses[limit], leg)
	b.holds[leg] = append(b.holds[leg], limit)
	return true
}

// room reports whether a leg may take one of a limit.
func (b *board) room(limit fmc.LimitID, leg fmc.LegID, most int) bool {
	return limit == "" || most <= 0 || len(b.uses[limit]) < most || slices.Contains(b.uses[limit], leg)
}

// dial takes, at one stroke, the person and the limit that a try needs, and says on which of its lines it may go; why
// not, for the record, where it may not.
func (b *board) dial(id fmc.CallID, d Dial, company *fmc.Company, now time.Time) (plan.Try, *cause.Cause) {
	try := d.Try
	if used := b.capped(d, company, now); used != nil {
		return try, used
	}
	if !b.take(id, try.Employee, d.Group) {
		busy := cause.Because(cause.Busy, "%s was taken by another call just now.", try.Employee)
		return try, &busy
	}
	if len(try.Lines) == 0 {
		none := cause.Because(cause.Unreachable, "No line leads to %s.", try.Device)
		return try, &none
	}
	if try.Lines = b.free(d.Leg, try.Lines, company); len(try.Lines) == 0 {
		full := cause.Because(cause.Congested, "Every line that may show the number is in use.")
		return try, &full
	}
	b.calls(d, company, now)
	return try, nil
}

// free is the lines of a try whose limits have room. The leg takes those of numbers, and that of a SIM which stands
// first; one that stands behind others is taken when it carries the leg, so that a try does not keep every SIM for itself.
func (b *board) free(leg fmc.LegID, lines []plan.Candidate, company *fmc.Company) []plan.Candidate {
	var free []plan.Candidate
	for _, l := range lines {
		take := b.use
		if l.Kind == fmc.SIMLine && len(free) > 0 {
			take = b.room
		}
		if take(l.Limit, leg, most(company, l.Limit)) {
			free = append(free, l)
		}
	}
	return free
}

// carried notes which line carries a leg: of the SIMs' calls it has that one's and no other.
func (b *board) carried(leg fmc.LegID, line fmc.LineID) {
	sim, ok := line.SIM()
	for _, limit := range slices.Clone(b.holds[leg]) {
		if _, is := fmc.LineID(limit).SIM(); is && limit != sim.Limit() {
			b.giveBack(leg, limit)
		}
	}
	if ok {
		b.use(sim.Limit(), leg, 0)
	}
}

// most is how many of a limit there are; 0 for any number.
func most(company *fmc.Company, limit fmc.LimitID) int {
	if _, ok := fmc.LineID(limit).SIM(); ok {
		return 1
	}
	if n, ok := company.NumberOf(limit.Number()); ok && n.Limit() == limit {
		return n.Lines
	}
	return 0
}

// before counts what of a limit was taken before a call took its own.
func (b *board) before(limit fmc.LimitID, id fmc.CallID) int {
	for i, leg := range b.uses[limit] {
		if leg.Call == id {
			return i
		}
	}
	return len(b.uses[limit])
}

// publish takes a call's new snapshot.
func (b *board) publish(was, is Call, now time.Time) {
	b.presence(was, is, now)
	b.talks(is, now)
	b.travels(was, is, now)
	b.stand(is, now)
	for _, p := range is.Parties {
		switch {
		case p.Link == fmc.Gone:
			b.release(p.Leg)
		case p.Line != "":
			b.carried(p.Leg, p.Line)
		}
	}
}

// release gives back whatever a leg took.
func (b *board) release(leg fmc.LegID) {
	for len(b.holds[leg]) > 0 {
		b.giveBack(leg, b.holds[leg][0])
	}
}

// giveBack gives back what a leg took of a limit.
func (b *board) giveBack(leg fmc.LegID, limit fmc.LimitID) {
	if b.holds[leg] = slices.DeleteFunc(b.holds[leg], func(l fmc.LimitID) bool { return l == limit }); len(b.holds[leg]) == 0 {
		delete(b.holds, leg)
	}
	legs := slices.DeleteFunc(b.uses[limit], func(id fmc.LegID) bool { return id == leg })
	if b.uses[limit] = legs; len(legs) == 0 {
		delete(b.uses, limit)
	}
}

// presence frees who is in the call no more.
func (b *board) presence(was, is Call, now time.Time) {
	for _, p := range is.Parties {
		if p.Link == fmc.Gone || p.Link == fmc.Dialing && b.busy(p.Who.Employee, is.ID) { // dial will refuse that
			continue
		}
		b.join(p.Who.Employee, is.ID) // who called or was handed over, rather than was dialled
	}
	for _, p := range was.Parties {
		if who := p.Who.Employee; who != "" && !is.has(who) {
			b.part(who, is.ID, now)
		}
	}
}

// has reports whether a person has a leg in the call that has not gone.
func (c Call) has(who fmc.EmployeeID) bool {
	return slices.ContainsFunc(c.Parties, func(p Party) bool { return p.Who.Employee == who && p.Link != fmc.Gone }) && !c.Over()
}

// talks remembers who talked with which client. Of a private call nothing is known.
func (b *board) talks(is Call, now time.Time) {
	for _, t := range is.Wiring.Talks {
		if len(t.Legs) < 2 {
			continue
		}
		for _, client := range is.Parties {
			if client.Role != fmc.Client || client.Number.E164 == "" || !slices.Contains(t.Legs, client.Leg) {
				continue
			}
			for _, p := range is.Parties {
				if p.Role == fmc.Worker && p.Who.Employee != "" && slices.Contains(t.Legs, p.Leg) {
					b.remember(client.Number.E164, talked{p.Who.Employee, now}, now)
					mine := b.person(p.Who.Employee)
					mine.with, mine.withAt = client.Number.E164, now
				}
			}
		}
	}
}

// remember notes who talked with a client. Each time that twice as many clients are known, the old ones are forgotten.
func (b *board) remember(client string, t talked, now time.Time) {
	b.last[client] = t
	if len(b.last) < b.prune {
		return
	}
	for client, t := range b.last {
		if now.Sub(t.at) > Memory {
			delete(b.last, client)
		}
	}
	b.prune = max(1000, 2*len(b.last))
}

// stand keeps the call's place in the lines it stands in.
func (b *board) stand(is Call, at time.Time) {
	stands := map[fmc.GroupID]waiter{}
	if !is.Over() && is.End == nil {
		for _, t := range is.Threads {
			if t.Place.Group != "" && !t.over() {
				stands[t.Place.Group] = waiter{call: is.ID, joined: is.Began.Add(t.Place.Since), ready: t.Node().Do == plan.Wait}
			}
		}
	}
	for group, line := range b.lines {
		i := slices.IndexFunc(line, func(w waiter) bool { return w.call == is.ID })
		if i < 0 {
			continue
		}
		now, ok := stands[group]
		delete(stands, group)
		if !ok {
			if line = slices.Delete(line, i, i+1); len(line) == 0 {
				delete(b.lines, group)
				continue
			}
			b.lines[group] = line
			continue
		}
		if now.ready && !line[i].ready { // its turn came to nothing: others first, for a while
			line[i].told = at
		}
		line[i].ready = now.ready
	}
	for group, w := range stands {
		line := append(b.lines[group], w)
		slices.SortStableFunc(line, func(x, y waiter) int {
			return cmp.Or(x.joined.Compare(y.joined), cmp.Compare(x.call, y.call))
		})
		b.lines[group] = line
	}
}

// turns returns the calls that are to be told that their turn came: of each line as many of the first as there are
// free people beyond those whom earlier calls were told of and have not dialled yet.
func (b *board) turns(company *fmc.Company, modes fmc.Modes, now time.Time) map[fmc.CallID]fmc.GroupID {
	var told map[fmc.CallID]fmc.GroupID
	for group, line := range b.lines {
		free := 0
		for _, e := range company.Members(group) {
			if _, taken := b.taken[e.ID]; !taken && company.OpenAt(e.Hours, now) && modes.At(e.ID, now).Kind != fmc.Undisturbed {
				free++
			}
		}
		for i := range line {
			w := &line[i]
			switch {
			case free <= 0:
			case !w.ready:
			case !w.told.IsZero() && (!w.told.Before(b.freed) || b.freer == w.call) && now.Sub(w.told) < turnAgain:
				// its turn came to nothing just now, and nothing changed since but that its own phones went: the next has it
			default:
				w.told = now
				free--
				if told == nil {
					told = map[fmc.CallID]fmc.GroupID{}
				}
				told[w.call] = group
			}
		}
	}
	return told
}
