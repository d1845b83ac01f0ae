package house

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/media/prompt"
)

// wishOld is how old a text may be when it comes and still be a wish: who wrote it an hour ago waits no more. The clocks
// of service centres go wrong by minutes.
const wishOld = 15 * time.Minute

// wishWait bounds how long the answer to a text may take to disk.
const wishWait = 10 * time.Second

// texted takes a message that came to a card. A text of a person of the company to a card whose number has access is a
// wish to be called back and led to whom it names (FLOWS E2b), or says how they wish to be rung (E3). That is answered by
// the same card, and so is why a wish is not fulfilled; all other messages are nobody's wish, and answered by nobody.
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
	answer := h.take(c, e, m, log)
	if answer == "" {
		return
	}
	if !h.answers.may(callerid.Received(m.From, c.Profile.Country).E164, time.Now()) {
		log.Warn("wish by text not answered: enough were in this hour")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), wishWait)
	defer cancel()
	if _, err := h.Send(ctx, company, cmp.Or(string(m.SIM), m.Number.E164), m.From, answer, "the answer to a text"); err != nil {
		log.Warn("wish by text not answered", "err", err)
	}
}

// take does what a person asks for by a text, and returns what they are answered: nothing where they are called.
func (h *House) take(c *fmc.Company, e *fmc.Employee, m fmc.MessageCame, log *slog.Logger) (answer string) {
	language := languageOf(c)
	mode, known := modeTexted(m.Text, time.Now(), zoneOf(c))
	if !known || m.Parts > 1 {
		err := h.wish(c, e, m)
		if err == nil {
			log.Info("person asks by text to be called back")
			return ""
		}
		log.Info("wish by text refused", "cause", cause.KindOf(err)) // the error repeats the text
		return reasonIn(err, language)
	}
	if mode.Kind == fmc.MobileOnly && !e.HasMobile() { // what wrote the text is one; a later version may have taken it
		return reasonIn(errNoMode, language)
	}
	if err := h.setMode(c.Profile.ID, fmc.ModeSet{At: time.Now().UTC(), Employee: e.ID, Mode: mode, By: string(e.ID)}); err != nil {
		log.Error("mode that was texted not kept", "err", err)
		return reasonIn(errNotNow, language)
	}
	log.Info("person says by text how they wish to be rung", "state", mode.Kind.String())
	return toldMode(mode, language, zoneOf(c))
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

// wish begins the call that a person asked for. An error says, for them, why not: see reasonIn.
func (h *House) wish(c *fmc.Company, e *fmc.Employee, m fmc.MessageCame) error {
	if m.Parts > 1 {
		return errAlone
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
		return because(cause.Denied, fmt.Sprintf("you were called back %d times in this hour, which is enough", n), fmt.Sprintf("за этот час вам перезвонили уже %d раз, этого достаточно", n))
	}
	there := r // the same, keyed by a person who is proved to be there: what they may not call they hear of now
	there.Line = m.SIM.Line()
	there.Query = plan.Query{What: plan.AskOut, Employee: e.ID, Digits: digits, Proof: fmc.ByCallBack}
	for _, asked := range []plan.Request{r, there} {
		if err := refusal(plan.Decide(c, world, asked, now)); err != nil {
			return err
		}
	}
	if _, err = h.calls.Begin(r); err != nil {
		return errors.Join(errNotNow, err)
	}
	return nil
}

// mostCallBacks is how often a person is called back in an hour, where the company says nothing: fmc.ThroughRule.
const mostCallBacks = 5

// refusal is why a plan does nothing but refuse; nil where it does more, or another call follows.
func refusal(p plan.Plan) error {
	var (
		why error
		say fmc.PromptID
	)
	for _, n := range p.Nodes {
		switch {
		case n.Do == plan.Say:
			say = n.Say
		case n.Do != plan.End || n.Then != nil:
			return nil
		case n.Cause != nil: // the cause is more exact than what is said, and in English
			spoken, _ := prompt.Words(prompt.ID(say), prompt.Russian)
			why = because(cause.Denied, n.Cause.Text, cmp.Or(spoken, errNotNow.russian))
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
		return "", because(cause.Denied, text+" is an emergency number: dial it directly", text+" - номер экстренной службы, наберите его напрямую")
	case !c.Extension(text).IsZero():
		return text, nil
	case len(text) <= longestExtension && strings.Trim(text, "0123456789") == "" && text != "":
		return "", because(cause.NotFound, "there is no extension "+text, "внутреннего номера "+text+" нет")
	}
	n, err := callerid.Read(text, c.Profile.Country)
	if err != nil {
		return "", errAlone
	}
	return n.E164, nil
}
