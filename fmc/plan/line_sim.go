package plan

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// fewMinutes is what must be left of a package so that an ordinary call stays within it.
const fewMinutes = 10 * time.Minute

// simRank orders SIMs among each other, the least first.
type simRank struct {
	owner    int           // the caller's own, nobody's, another person's
	late     int           // it can call at once, after a shadow call gave way, after its network answered
	operator int           // another operator than the one called has, or it is not known
	minutes  int           // enough is left of its package, none are counted, few are left
	quality  int           // signal and speech, in coarse steps
	talk     time.Duration // carried today
	calls    int           // carried today
}

func (r simRank) compare(o simRank) int {
	return cmp.Or(cmp.Compare(r.owner, o.owner), cmp.Compare(r.late, o.late), cmp.Compare(r.operator, o.operator), cmp.Compare(r.minutes, o.minutes), cmp.Compare(r.quality, o.quality),
		cmp.Compare(r.talk, o.talk), cmp.Compare(r.calls, o.calls))
}

// simLine is a SIM's line as a candidate: it shows its own number and nothing else (invariant 7).
func (d *decision) simLine(l fmc.LineState, w way) (ranked, bool) {
	sim, why := d.simFor(l, w)
	if why != "" {
		d.tellLine(l.ID, why)
		return ranked{}, false
	}
	c := Candidate{Line: l.ID, Kind: l.Kind, Shown: callerid.BySIM(sim.Number), Limit: sim.ICCID.Limit()}
	r := ranked{c, rank{foreign: 1, simRank: d.simRank(sim, l.SIM, w)}}
	if d.c.Rules.Dialling.Prefer != fmc.SIMLine {
		r.rank.kind = 1
	}
	var reasons []string
	if w.sim == sim.ICCID {
		r.rank.foreign = 0
		reasons = append(reasons, "its number is to be shown")
	}
	if left, counted := minutesLeft(sim, l.SIM); counted && left <= 0 {
		r.rank.costs = 1
		reasons = append(reasons, "package used up: this call costs")
	}
	r.Why = strings.Join(append(reasons, tellSIM(sim, l.SIM, r.rank.simRank)...), "; ")
	return r, true
}

// simFor is the company's card that makes a line, or why the line may not be used: invariants 8 and 14, roaming, what
// the card may be used for a day, and that it carries one call.
func (d *decision) simFor(l fmc.LineState, w way) (*fmc.SIM, string) {
	id, _ := l.ID.SIM()
	sim, ok := d.c.SIM(id)
	switch {
	case !ok || id == "" || l.SIM == nil || l.SIM.ICCID != id:
		return nil, "it is no SIM of the company"
	case sim.Number.E164 == "":
		return nil, "the number of this SIM is not known, and it shows no other"
	case l.ID == d.q.Line:
		return nil, "the call itself came by this SIM"
	case sim.Number.Same(w.to):
		return nil, "a SIM cannot call itself"
	}
	if why := d.mandate(sim, w.to.Country); why != "" {
		return nil, why
	}
	used, most := l.SIM.Used, sim.Limits
	switch {
	case l.SIM.Roaming && !sim.Roaming:
		return nil, "the SIM is abroad, and may not call from there"
	case most.Calls > 0 && used.Calls >= most.Calls:
		return nil, fmt.Sprintf("it has made the %d calls that it may make a day", most.Calls)
	case most.Talk > 0 && used.Talk >= most.Talk:
		return nil, "it has talked for the " + brief(most.Talk) + " that it may talk a day"
	case d.w.InUse(sim.ICCID.Limit()) > 0:
		return nil, "another call has this SIM"
	}
	return sim, ""
}

// mandate is why a card may not be used for a call to or from a country; "" where it may: invariant 8.
func (d *decision) mandate(sim *fmc.SIM, country string) string {
	return sim.Mandate.Allows(fmc.UseCalls, country, d.c.Profile.Country, d.now)
}

func (d *decision) simRank(sim *fmc.SIM, state *fmc.SIMState, w way) simRank {
	r := simRank{quality: signalGrade(state.SignalDBm) + speechGrade(state.MOS), talk: state.Used.Talk, calls: state.Used.Calls}
	switch {
	case state.Asking:
		r.late = 2
	case state.Shadow:
		r.late = 1
	}
	switch sim.Person {
	case "":
		r.owner = 1
	case w.person:
	default:
		r.owner = 2
	}
	if w.operator == "" || !strings.EqualFold(sim.Operator, w.operator) {
		r.operator = 1
	}
	switch left, counted := minutesLeft(sim, state); {
	case !counted:
		r.minutes = 1
	case left < fewMinutes:
		r.minutes = 2
	}
	return r
}

// minutesLeft is what is left of a card's package; false where no minutes are counted.
func minutesLeft(sim *fmc.SIM, state *fmc.SIMState) (time.Duration, bool) {
	return time.Duration(sim.Package.Minutes)*time.Minute - state.Used.MonthTalk, sim.Package.Minutes > 0
}

// signalGrade is 0 for a strong signal to 4 for one that is hardly there; unknown counts as fair.
func signalGrade(dBm int) int {
	switch {
	case dBm == 0:
		return 2
	case dBm >= -75:
		return 0
	case dBm >= -85:
		return 1
	case dBm >= -95:
		return 2
	case dBm >= -105:
		return 3
	}
	return 4
}

// speechGrade is 0 for speech that satisfies nearly everybody to 3 for speech that few bear, by the steps of ITU-T
// G.107 annex B; mos is in hundredths, and unknown counts as good.
func speechGrade(mos int) int {
	switch {
	case mos == 0:
		return 1
	case mos >= 403:
		return 0
	case mos >= 360:
		return 1
	case mos >= 310:
		return 2
	}
	return 3
}

// tellSIM says what a SIM was ranked by.
func tellSIM(sim *fmc.SIM, state *fmc.SIMState, r simRank) []string {
	var words []string
	switch r.owner {
	case 0:
		words = append(words, "the caller's own SIM")
	case 1:
		words = append(words, "a SIM of the company")
	default:
		words = append(words, "the SIM of "+string(sim.Person))
	}
	switch r.late {
	case 1:
		words = append(words, "a test between own cards gives way to it")
	case 2:
		words = append(words, "its network is being asked where calls go")
	}
	if r.operator == 0 {
		words = append(words, "of the operator of the one called")
	}
	if left, counted := minutesLeft(sim, state); counted && left > 0 {
		words = append(words, fmt.Sprintf("%d of %d minutes left", left/time.Minute, sim.Package.Minutes))
	}
	if state.SignalDBm != 0 {
		words = append(words, fmt.Sprintf("signal %d dBm", state.SignalDBm))
	}
	if state.MOS != 0 {
		words = append(words, fmt.Sprintf("MOS %d.%02d", state.MOS/100, state.MOS%100))
	}
	return words
}
