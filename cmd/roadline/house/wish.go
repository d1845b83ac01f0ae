package house

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// wishOld is how old a text may be when it comes and still be a wish: who wrote it an hour ago waits no more. The clocks
// of service centres go wrong by minutes.
const wishOld = 15 * time.Minute

// wishWait bounds how long the answer to a text may take to disk.
const wishWait = 10 * time.Second

// texted takes a message that came to a card. A text of a person of the company to a card whose number has access is a
// wish to be called back and led to whom it names (FLOWS E2b); why it is not fulfilled is answered by the same card. All
// other messages are nobody's wish, and answered by nobody.
func (h *House) texted(company fmc.CompanyID, m fmc.MessageCame) {
	c, ok := h.directory.Company(company)
	if !ok || m.Part > 1 || m.Broken != "" { // of a text in parts, the first stands for all
		return
	}
	e, ok := wisher(c, m)
	if !ok {
		return
	}
	log := h.log.With("company", company, "line", string(m.SIM.Line()))
	if old := time.Since(m.Sent); !m.Sent.IsZero() && old > wishOld {
		log.Info("wish by text came too late", "dur", old)
		return
	}
	err := h.wish(c, e, m)
	if err == nil {
		log.Info("person asks by text to be called back")
		return
	}
	log.Info("wish by text refused", "cause", cause.KindOf(err)) // the error repeats the text
	if !h.answers.may(callerid.Received(m.From, c.Profile.Country).E164, time.Now()) {
		log.Warn("wish by text not answered: enough were in this hour")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), wishWait)
	defer cancel()
	if _, err := h.gsm.Send(ctx, company, string(m.SIM), m.From, sentence(err), "the answer to a text"); err != nil {
		log.Warn("wish by text not answered", "err", err)
	}
}

// mostAnswers is how many texts from a number are answered in an hour: a phone that answers texts by itself, and who
// writes a person's number above theirs, would else be answered all night.
const mostAnswers = 5

// answers are when texts were answered in the last hour. Only the mobiles of people of the companies stand in it.
type answers struct {
	mu sync.Mutex // guards:
	at map[string][]time.Time
}

// may counts an answer to a number, unless there were enough.
func (a *answers) may(to string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	lately := slices.DeleteFunc(a.at[to], func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	if a.at == nil {
		a.at = map[string][]time.Time{}
	}
	may := len(lately) < mostAnswers
	if may {
		lately = append(lately, now)
	}
	a.at[to] = lately
	return may
}

// wisher is the person who may wish by this message.
func wisher(c *fmc.Company, m fmc.MessageCame) (*fmc.Employee, bool) {
	n, ok := c.NumberOf(m.Number.E164)
	if !ok || n.SIM != m.SIM || n.Access == fmc.NoAccess {
		return nil, false
	}
	from := callerid.Received(m.From, c.Profile.Country).E164
	if from == "" {
		return nil, false
	}
	return c.Mobile(from)
}

// wish begins the call that a person asked for. An error says, for them, why not.
func (h *House) wish(c *fmc.Company, e *fmc.Employee, m fmc.MessageCame) error {
	if m.Parts > 1 {
		return cause.Errorf(cause.Invalid, "write the number or the extension alone")
	}
	digits, err := wanted(c, m.Text)
	if err != nil {
		return err
	}
	r := plan.Read(c, plan.Request{
		Company: c.Profile.ID, Direction: fmc.Outbound, From: callerid.Received(m.From, c.Profile.Country), Employee: e.ID, Dialled: digits,
	})
	now := time.Now()
	world := h.calls.World(c, now)
	if n, most := world.Caller(e.ID, r.From, m.Number).CallBacks, cmp.Or(c.Rules.Through.CallBacks, mostCallBacks); n >= most {
		return cause.Errorf(cause.Denied, "you were called back %d times in this hour, which is enough", n)
	}
	there := r // the same, keyed by a person who is proved to be there: what they may not call they hear of now
	there.Line = m.SIM.Line()
	there.Query = plan.Query{What: plan.AskOut, Employee: e.ID, Digits: digits, Proof: fmc.ByCallBack}
	for _, asked := range []plan.Request{r, there} {
		if c := refusal(plan.Decide(c, world, asked, now)); c != nil {
			return cause.Errorf(cause.Denied, "%s", c.Text)
		}
	}
	_, err = h.calls.Begin(r)
	return err
}

// mostCallBacks is how often a person is called back in an hour, where the company says nothing: fmc.ThroughRule.
const mostCallBacks = 5

// refusal is why a plan does nothing but refuse; nil where it does more, or another call follows.
func refusal(p plan.Plan) (why *cause.Cause) {
	for _, n := range p.Nodes {
		switch {
		case n.Do == plan.End && n.Then == nil:
			why = n.Cause
		case n.Do != plan.Say:
			return nil
		}
	}
	return why
}

// longestExtension is how many digits an extension may have.
const longestExtension = 6

// wanted reads whom a text names, as a phone of the company would dial it.
func wanted(c *fmc.Company, text string) (digits string, err error) {
	text = strings.TrimSpace(text)
	switch {
	case callerid.IsEmergency(text, c.Profile.Country):
		return "", cause.Errorf(cause.Denied, "%s is an emergency number: dial it directly", text)
	case !c.Extension(text).IsZero():
		return text, nil
	case len(text) <= longestExtension && strings.Trim(text, "0123456789") == "" && text != "":
		return "", cause.Errorf(cause.NotFound, "there is no extension %s", text)
	}
	n, err := callerid.Read(text, c.Profile.Country)
	if err != nil {
		return "", cause.Errorf(cause.Invalid, "write the number or the extension alone: %w", err)
	}
	return n.E164, nil
}

// sentence is an error as a person reads it.
func sentence(err error) string {
	text := strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
