package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// lines lists the company's SIM lines: those that are plugged in on this node, and those that should be.
func (a *API) lines(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.linesOf(c), nil
}

// linesOf are the company's SIM lines as the node has them; on a node without SIM lines, those of its document.
func (a *API) linesOf(c *fmc.Company) []fmc.LineView {
	shown := []fmc.LineView{}
	if a.o.Node.Lines != nil {
		shown = append(shown, a.o.Node.Lines(c.Profile.ID)...)
	}
	for _, s := range c.SIMs {
		if slices.ContainsFunc(shown, func(l fmc.LineView) bool { return l.ID == s.ICCID.Line() }) {
			continue
		}
		l := fmc.LineView{State: "absent", WayOut: "plug the card into a modem of this node"}
		l.LineState = fmc.LineState{ID: s.ICCID.Line(), Kind: fmc.SIMLine, Why: "the card is in no modem of this node", SIM: &fmc.SIMState{ICCID: s.ICCID}}
		shown = append(shown, l)
	}
	slices.SortFunc(shown, func(a, b fmc.LineView) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return shown
}

// lineIn returns the company's line that a path names.
func (a *API) lineIn(r *http.Request) (*fmc.Company, fmc.LineView, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, fmc.LineView{}, err
	}
	id, err := idIn[fmc.LineID](r, "line")
	if err != nil {
		return nil, fmc.LineView{}, err
	}
	l, err := a.lineOf(c, id)
	return c, l, err
}

// lineOf returns the company's line of that id.
func (a *API) lineOf(c *fmc.Company, id fmc.LineID) (fmc.LineView, error) {
	for _, l := range a.linesOf(c) {
		if l.ID == id {
			return l, nil
		}
	}
	return fmc.LineView{}, cause.Errorf(cause.NotFound, "there is no line %q: look at the list", id)
}

// LineDetail is a line with how it served.
type LineDetail struct {
	Line  fmc.LineView `json:"line"`
	Day   QualityShown `json:"day"`   // the last 24 hours
	Week  QualityShown `json:"week"`  // the last 7 days
	Month QualityShown `json:"month"` // the last 31 days
	Use   []UseShown   `json:"use"`
}

// QualityShown is how a line served for a while. What is absent was not measured.
type QualityShown struct {
	Calls    int            `json:"calls"` // both ways
	Answered int            `json:"answered"`
	Talk     times.Seconds  `json:"talk_s"`
	Setup    *times.Seconds `json:"setup_s,omitempty"`   // of calls out, on average
	Setup90  *times.Seconds `json:"setup90_s,omitempty"` // nine of ten took no longer
	MOS      *int           `json:"mos,omitempty"`       // in hundredths
	Mute     int            `json:"mute,omitempty"`      // answered calls in which nothing was heard
}

// line returns one line.
func (a *API) line(r *http.Request) (any, error) {
	c, l, err := a.lineIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.served(r.Context(), c, l)
}

// served is a line with how it served.
func (a *API) served(ctx context.Context, c *fmc.Company, l fmc.LineView) (LineDetail, error) {
	shown := LineDetail{Line: l}
	now := a.o.Now()
	for _, x := range []struct {
		days int
		into *QualityShown
	}{{1, &shown.Day}, {7, &shown.Week}, {31, &shown.Month}} {
		q, err := a.o.Store.For(c.Profile.ID).LineQuality(ctx, l.ID, now.Add(-time.Duration(x.days)*24*time.Hour), now)
		if err != nil {
			return shown, err
		}
		*x.into = QualityShown{
			Calls: q.Calls, Answered: q.Answered, Talk: times.In(q.Talk), Setup: times.Maybe(q.Setup), Setup90: times.Maybe(q.Setup90), MOS: q.MOS, Mute: q.Mute,
		}
	}
	var err error
	shown.Use, err = a.useOf(ctx, c, l.ID)
	return shown, err
}

// USSD is what is asked of a line's network, or answered to what it asks.
type USSD struct {
	Text string `json:"text,omitempty"`
	End  bool   `json:"end,omitempty"` // ends the session that the network holds open; without Text
}

// mostUSSD is how many characters a USSD string has at most: 3GPP TS 23.038 §6.1.2.3, 160 octets of 7 bits.
const mostUSSD = 182

// ussd asks a line's network.
func (a *API) ussd(r *http.Request) (any, error) {
	c, l, err := a.lineIn(r)
	if err != nil {
		return nil, err
	}
	var u USSD
	if err := read(r, &u); err != nil {
		return nil, err
	}
	return a.askNetwork(r.Context(), c, l, u)
}

// askNetwork asks a line's network.
func (a *API) askNetwork(ctx context.Context, c *fmc.Company, l fmc.LineView, u USSD) (fmc.USSDAnswer, error) {
	var none fmc.USSDAnswer
	switch n := utf8.RuneCountInString(u.Text); {
	case u.End && n > 0:
		return none, cause.Errorf(cause.Invalid, "text: leave it out to end the session")
	case !u.End && n == 0 || n > mostUSSD:
		return none, cause.Errorf(cause.Invalid, "text: write 1 to %d characters, such as \"*100#\"", mostUSSD)
	case strings.ContainsFunc(u.Text, unicode.IsControl):
		return none, cause.Errorf(cause.Invalid, "text: write it without control characters")
	case a.o.Node.USSD == nil:
		return none, errNoSIMs
	}
	answer, err := a.o.Node.USSD(ctx, c.Profile.ID, l.ID, u.Text)
	if err != nil {
		return none, err
	}
	a.o.Log.Info("USSD asked", "company", c.Profile.ID, "line", l.ID)
	return answer, nil
}

// releaseLine lets a line take calls again that failures keep from it: whoever asks has looked at it. It returns the line
// as it is then.
func (a *API) releaseLine(r *http.Request) (any, error) {
	c, l, err := a.lineIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.release(c, l.ID)
}

// release lets a line take calls again, and returns it.
func (a *API) release(c *fmc.Company, line fmc.LineID) (fmc.LineView, error) {
	if a.o.Node.Release == nil {
		return fmc.LineView{}, errNoSIMs
	}
	if err := a.o.Node.Release(c.Profile.ID, line); err != nil {
		return fmc.LineView{}, err
	}
	a.o.Log.Info("line released", "company", c.Profile.ID, "line", line)
	return a.lineOf(c, line)
}

// Restart has a line's modem boot anew.
type Restart struct {
	Reason string `json:"reason"`
	Lose   bool   `json:"lose_call,omitempty"` // a call that goes on may be lost
}

// restartLine restarts a line's modem, and returns the line as it is then.
func (a *API) restartLine(r *http.Request) (any, error) {
	c, l, err := a.lineIn(r)
	if err != nil {
		return nil, err
	}
	var x Restart
	if err := read(r, &x); err != nil {
		return nil, err
	}
	return a.Restart(r.Context(), c, l.ID, x)
}

// Restart has the modem of one of a company's lines boot anew, with a reason that the audit keeps, and returns the line
// as it is then: it takes calls again a minute later. cause.Conflict where it is in a call that may not be lost. Who stops
// waiting does not stop it, nor the audit.
func (a *API) Restart(ctx context.Context, c *fmc.Company, line fmc.LineID, x Restart) (fmc.LineView, error) {
	x.Reason = strings.TrimSpace(x.Reason)
	if err := oneLine("reason", "why", x.Reason, mostReason); err != nil {
		return fmc.LineView{}, err
	}
	if _, err := a.lineOf(c, line); err != nil {
		return fmc.LineView{}, err
	}
	if a.o.Node.Restart == nil {
		return fmc.LineView{}, errNoSIMs
	}
	store.Auditing(ctx).After = x
	if err := a.o.Node.Restart(context.WithoutCancel(ctx), c.Profile.ID, line, x.Lose); err != nil {
		return fmc.LineView{}, err
	}
	a.o.Log.Warn("modem restarted", "company", c.Profile.ID, "line", line, "cause", x.Reason)
	return a.lineOf(c, line)
}

var errNoSIMs = cause.Errorf(cause.Unavailable, "this node has no SIM lines")

// modems lists the node's radio modules, whoever's card is in them.
func (a *API) modems(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	shown := []fmc.ModemView{}
	if a.o.Node.Modems != nil {
		shown = append(shown, a.o.Node.Modems()...)
	}
	return shown, nil
}
