package notify_test

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet/notify"
	"roadline/cabinet/notify/mailtest"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/jobs"
	"roadline/store/journal"
	"roadline/store/storetest"
)

const client, office1 = "+79121112233", "+74951234567"

const document = `
company: acme
name: Acme Construction
country: RU
timezone: Europe/Moscow
language: LANGUAGE
numbers: [{e164: "+74951234567", trunk: carrier-a, scenario: main}]
sims: [{iccid: "8970101234567890123", number: "+79031112233", mandate: {owner: Acme, contract: "17", for: [calls, messages]}}]
employees:
  - {id: ivanov, name: Ivan Ivanov, extension: "201", mobile: "+79161234567", groups: [sales], mail: ivanov@acme.example}
  - {id: petrov, name: Пётр Петров, extension: "202", mobile: "+79161234568", groups: [sales], voicemail: {mail: petrov-voice@acme.example}}
groups:
  - {id: sales, name: Sales, extension: "260", head: ivanov, voicemail: {mail: sales@acme.example}}
  - {id: night, name: Night, extension: "261"}
alerts: [boss@acme.example, guard@acme.example]
missed_calls: {deadline: 1h, escalate: 30m, text: "We call you back soon. Acme"}
scenarios: {main: [{ring: sales}]}
`

// firm is a company with everything from its journal to its mail server.
type firm struct {
	t       *testing.T
	store   *store.Store
	queue   *jobs.Queue
	journal journal.Journal
	office  *office
	texts   texts
	dir     string // of recordings

	mu  sync.Mutex // guards:
	now time.Time  // the desk's and the store's
}

// texts is a SIM card.
type texts struct {
	sent chan string

	mu   sync.Mutex // guards:
	fail error      // once
}

// next is the next text, which must come soon.
func (x *texts) next(t *testing.T) string {
	t.Helper()
	select {
	case text := <-x.sent:
		return text
	case <-time.After(30 * time.Second):
		t.Fatal("nobody is texted")
		return ""
	}
}

func (x *texts) Text(_ context.Context, company fmc.CompanyID, to, text string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.fail; err != nil {
		x.fail = nil
		x.sent <- "failed"
		return err
	}
	x.sent <- string(company) + " " + to + " " + text
	return nil
}

// companies is the directory of one version.
type companies struct{ c *fmc.Company }

func (d companies) Company(id fmc.CompanyID) (*fmc.Company, bool) { return d.c, id == d.c.Profile.ID }

func (d companies) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return d.c, true }

// newFirm opens a firm whose letters are in a language. Without a post nothing is mailed.
func newFirm(t *testing.T, language string, mailed bool) *firm {
	t.Helper()
	text := strings.Replace(document, "LANGUAGE", language, 1)
	c, err := configs.ReadCompany("acme.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f := &firm{t: t, store: storetest.Open(t), dir: t.TempDir(), now: time.Now(), texts: texts{sent: make(chan string, 100)}}
	if _, err := f.store.For("acme").Apply(t.Context(), store.Change{Document: text, Company: c, Author: "admin", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	o := notify.Options{Store: f.store, Companies: companies{c}, Texter: &f.texts, Recordings: f.dir, Now: f.clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if mailed {
		f.office = newOffice(t, notify.Clear, false)
		o.Post = f.office.server("")
	}
	f.queue, err = jobs.New(f.store, notify.New(o).Works(), jobs.Options{
		Node: "n1", Clock: time.Now, Log: o.Log, Poll: 50 * time.Millisecond, Retry: 100 * time.Millisecond, Longest: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	log, _, err := journal.Open(t.TempDir(), "n1", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.journal = journal.Journal{Log: log}
	drain := f.store.Drain(log, nil, store.DrainOptions{Linger: time.Millisecond, Directory: companies{c}, Jobs: f.queue})
	f.run(log.Run, log.Close)
	f.run(drain.Run, nil)
	f.run(f.queue.Run, nil)
	return f
}

// run runs something until the test ends.
func (f *firm) run(run func(context.Context) error, then func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	f.t.Cleanup(func() {
		cancel()
		err := <-done
		if then != nil {
			err = errors.Join(err, then())
		}
		if err != nil {
			f.t.Error(err)
		}
	})
}

func (f *firm) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *firm) later(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// a call of the client, in the making.
type incoming struct {
	f     *firm
	id    fmc.CallID
	facts []fmc.Fact
}

func (f *firm) call(began time.Time) *incoming {
	c := &incoming{f: f, id: fmc.CallID(uuid.Must(uuid.NewV7()).String())}
	o := fmc.Opened{Began: began, Direction: fmc.Inbound, Trunk: "carrier-a"}
	o.From.E164, o.To.E164 = client, office1
	leg := fmc.LegBegan{Leg: c.leg(1), Offered: true, Role: fmc.Client, Number: o.From}
	return c.at(0, o).at(0, leg)
}

func (c *incoming) leg(n int) fmc.LegID { return fmc.LegID{Call: c.id, N: n} }

func (c *incoming) at(at time.Duration, body fmc.Happening) *incoming {
	c.facts = append(c.facts, fmc.Fact{Company: "acme", Call: c.id, At: at, Body: body})
	return c
}

func (c *incoming) alert(a fmc.Alert) *incoming { return c.at(time.Second, fmc.Alerted{Alert: a}) }

// ends ends the call and has it kept.
func (c *incoming) ends(at time.Duration) *incoming {
	hangUp := cause.Of(cause.Hangup)
	c.at(at, fmc.LegIs{Leg: c.leg(1), Link: fmc.Gone, Cause: &hangUp}).at(at, fmc.Closed{Cause: hangUp, By: c.leg(1)})
	c.keep(c.facts...)
	return c
}

func (c *incoming) keep(facts ...fmc.Fact) {
	c.f.t.Helper()
	if err := c.f.journal.Append(facts...); err != nil {
		c.f.t.Fatal(err)
	}
}

// recorded has the recording of a call come, in which there is a tone from 3 s to 5 s and silence else.
func (c *incoming) recorded() {
	c.f.t.Helper()
	const rate, seconds = 8000, 8
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00data\x00\x00\x00\x00")
	for i := range rate * seconds {
		v := 0.0
		if i >= 3*rate && i < 5*rate {
			v = 8000 * math.Sin(2*math.Pi*440*float64(i)/rate)
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(v)))
		b = append(b, 0, 0)
	}
	name := string(c.id) + ".wav"
	if err := os.WriteFile(filepath.Join(c.f.dir, name), b, 0o600); err != nil {
		c.f.t.Fatal(err)
	}
	c.keep(fmc.Fact{Company: "acme", Call: c.id, At: 10 * time.Second, Body: fmc.Kept{File: name, Bytes: int64(len(b)), Opened: 2 * time.Second, Length: seconds * time.Second}})
}

// tone is how loud 440 Hz is in a part of a letter's sound, against all that is there: 1 is nothing else.
func tone(t *testing.T, wav []byte, from, to time.Duration) float64 {
	t.Helper()
	const rate = 8000
	if len(wav) < 44 || string(wav[:4]) != "RIFF" || binary.LittleEndian.Uint16(wav[22:]) != 1 || binary.LittleEndian.Uint32(wav[24:]) != rate {
		t.Fatalf("no WAV file of one channel: %.44q", wav)
	}
	first, last := int(from.Seconds()*rate), int(to.Seconds()*rate)
	if len(wav) < 44+2*last {
		t.Fatalf("only %d bytes", len(wav))
	}
	var re, im, all float64
	for i := first; i < last; i++ {
		v := float64(int16(binary.LittleEndian.Uint16(wav[44+2*i:])))
		re += v * math.Cos(2*math.Pi*440*float64(i)/rate)
		im += v * math.Sin(2*math.Pi*440*float64(i)/rate)
		all += v * v
	}
	if all == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / all / float64(last-first)
}

// message is the next letter with a message. Whoever left one is also somebody to be called back.
func (f *firm) message() mailtest.Letter {
	f.t.Helper()
	for {
		if got := f.office.Next(); strings.HasPrefix(got.Subject, "Voicemail") || strings.HasPrefix(got.Subject, "Голосовое") {
			return got
		}
	}
}

var morning = time.Date(2026, 11, 23, 7, 30, 0, 0, time.UTC) // a Monday, 10:30 in Moscow

func TestAMessageIsMailedWithItsSound(t *testing.T) {
	for language, test := range map[string]struct {
		mailed        fmc.Mailed
		to            string
		subject, says string
	}{
		"en": {fmc.Mailed{Group: "sales"}, "sales@acme.example", "Voicemail for Sales from +79121112233, 0:04", "+79121112233 left a message for Sales on 23 Nov 2026 10:30."},
		"ru": {fmc.Mailed{Group: "sales", Employee: "petrov"}, "petrov-voice@acme.example", "Голосовое сообщение для: Пётр Петров, от: +79121112233, 0:04", "Сообщение для: Пётр Петров. Оставлено 23.11.2026 10:30"},
	} {
		t.Run(language, func(t *testing.T) {
			f := newFirm(t, language, true)
			c := f.call(morning)
			test.mailed.Leg, test.mailed.From = c.leg(1), 4*time.Second
			c.at(8*time.Second, test.mailed).ends(9 * time.Second)
			c.recorded()
			got := f.message()
			if got.Subject != test.subject || !strings.Contains(got.Text, test.says) || got.Header.Get("Envelope-To") != test.to {
				t.Errorf("to %s: %q\n%s", got.Header.Get("Envelope-To"), got.Subject, got.Text)
			}
			if !strings.Contains(got.Text, client) || !strings.Contains(got.Text, string(c.id)) {
				t.Errorf("%s", got.Text)
			}
			// The message begins 4 s into the call, the file 2 s: the tone is from 1 s to 3 s of the message.
			if is := tone(t, got.Sound, time.Second, 3*time.Second); is < 0.9 {
				t.Errorf("the tone is %.2f of the sound", is)
			}
			if is := tone(t, got.Sound, 0, 900*time.Millisecond) + tone(t, got.Sound, 3100*time.Millisecond, 4*time.Second); is > 0.1 {
				t.Errorf("there is a tone where none was: %.2f", is)
			}
		})
	}
}

func TestAMessageWaitsForItsRecordingAndGoesWithoutItAfterAnHour(t *testing.T) {
	f := newFirm(t, "en", true)
	waits, lost := f.call(morning), f.call(morning.Add(time.Minute))
	for _, c := range []*incoming{waits, lost} {
		c.at(8*time.Second, fmc.Mailed{Leg: c.leg(1), Employee: "ivanov", From: 4 * time.Second}).ends(9 * time.Second)
	}
	waits.recorded()
	if got := f.message(); !strings.Contains(got.Text, string(waits.id)) || got.Sound == nil || got.Header.Get("Envelope-To") != "ivanov@acme.example" {
		t.Errorf("%d bytes of sound\n%s", len(got.Sound), got.Text)
	}
	f.later(61 * time.Minute)
	if got := f.message(); !strings.Contains(got.Text, string(lost.id)) || got.Sound != nil || !strings.Contains(got.Text, "could not be attached") {
		t.Errorf("%d bytes of sound\n%s", len(got.Sound), got.Text)
	}
}

func TestAMessageWhoseFileIsGoneIsMailedWithoutIt(t *testing.T) {
	f := newFirm(t, "en", true)
	c := f.call(morning)
	c.at(8*time.Second, fmc.Mailed{Leg: c.leg(1), Employee: "ivanov", From: 4 * time.Second}).ends(9 * time.Second)
	c.keep(fmc.Fact{Company: "acme", Call: c.id, At: 10 * time.Second, Body: fmc.Kept{File: "../../etc/passwd", Opened: 0, Length: time.Minute}})
	if got := f.message(); got.Sound != nil || !strings.Contains(got.Text, "could not be attached") {
		t.Errorf("%d bytes of sound\n%s", len(got.Sound), got.Text)
	}
}

// TestNoLetterIsLostOrDoubledWhileTheServerIsAway: by their Message-IDs.
func TestNoLetterIsLostOrDoubledWhileTheServerIsAway(t *testing.T) {
	f := newFirm(t, "en", true)
	f.office.Close()
	const calls = 6
	ids := map[string]int{}
	for i := range calls {
		f.call(morning.Add(time.Duration(i) * time.Minute)).alert(fmc.Alert{Kind: "cap", Employee: fmc.EmployeeID([]string{"ivanov", "petrov", ""}[i%3]), Text: "x"}).ends(2 * time.Second)
	}
	f.refused()
	f.office.Open()
	for range 3 * 2 { // one for each person, to two addresses; what came after each first waits
		ids[f.office.Next().Header.Get("Message-ID")]++
	}
	if len(ids) != 6 {
		t.Errorf("letters: %v", ids)
	}
}

// refused waits until a letter was refused by the server that is away.
func (f *firm) refused() {
	f.t.Helper()
	for {
		var n int
		err := f.store.NodeConns().QueryRow(f.t.Context(), "select count(*) from "+store.JobSchema+".river_job where args->>'what' = 'alert_letter' and errors is not null").Scan(&n)
		if err != nil {
			f.t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
}

func TestAnAlertIsMailedWithWhatToDoAndThePersonIsTold(t *testing.T) {
	for language, test := range map[string]struct{ subject, does string }{
		"en": {"Alert: first call through the company's number", "What to do: nothing, if this was expected."},
		"ru": {"Внимание: первый звонок через номер компании", "Что делать: ничего, если это ожидалось."},
	} {
		t.Run(language, func(t *testing.T) {
			f := newFirm(t, language, true)
			f.call(morning).alert(fmc.Alert{Kind: "first_use", Employee: "ivanov", About: client, Text: "Ivan Ivanov: +79121112233.\r\nBcc: thief@example.net", Person: true}).ends(2 * time.Second)
			to := map[string]bool{}
			for range 3 {
				got := f.office.Next()
				to[got.Header.Get("Envelope-To")] = true
				if got.Subject != test.subject || !strings.Contains(got.Text, test.does) || !strings.Contains(got.Text, client) || got.Header.Get("Bcc") != "" {
					t.Errorf("%q\n%s", got.Subject, got.Text)
				}
			}
			if !to["boss@acme.example"] || !to["guard@acme.example"] || !to["ivanov@acme.example"] {
				t.Errorf("to %v", to)
			}
			if got := f.texts.next(t); got != "acme +79161234567 Ivan Ivanov: +79121112233. Bcc: thief@example.net" {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestANightOfAlertsIsOneLetterAndOneMore(t *testing.T) {
	f := newFirm(t, "en", true)
	night := func(n int) {
		for i := range n {
			f.call(morning.Add(time.Duration(i) * time.Minute)).alert(fmc.Alert{Kind: "pin_wrong", Employee: "ivanov", About: client, Text: "Wrong PINs"}).ends(2 * time.Second)
		}
	}
	night(1)
	for range 2 {
		if got := f.office.Next(); got.Subject != "Alert: wrong PINs" {
			t.Errorf("%q", got.Subject)
		}
	}
	night(30)
	f.waiting(60)
	if _, err := f.store.NodeConns().Exec(t.Context(), "update "+store.JobSchema+".river_job set finalized_at = finalized_at - interval '10 minutes'"); err != nil {
		t.Fatal(err)
	}
	night(1)
	for range 2 {
		got := f.office.Next()
		if got.Subject != "Alert: wrong PINs (31)" || strings.Count(got.Text, "Wrong PINs") != 21 || !strings.Contains(got.Text, "and 10 more") {
			t.Errorf("%q\n%s", got.Subject, got.Text)
		}
	}
}

// waiting waits until so many gathered alerts wait for their time.
func (f *firm) waiting(want int) {
	f.t.Helper()
	for {
		var n int
		err := f.store.NodeConns().QueryRow(f.t.Context(), "select count(*) from "+store.JobSchema+".river_job where args->>'what' = 'alert_letters' and state = 'scheduled'").Scan(&n)
		if err != nil {
			f.t.Fatal(err)
		}
		if n == want {
			return
		}
	}
}

func TestAMissedClientIsFollowedUp(t *testing.T) {
	f := newFirm(t, "en", true)
	over := time.Now().Add(-2 * time.Hour).UTC() // the deadline and the escalation are over
	c := f.call(over)
	c.at(time.Second, fmc.LegBegan{Leg: c.leg(2), Role: fmc.Worker, Employee: "petrov", Group: "sales", Device: "x", Line: "trunk:carrier-a"}).ends(20 * time.Second)
	if got := f.texts.next(t); got != "acme +79121112233 We call you back soon. Acme" {
		t.Errorf("%q", got)
	}
	subjects := map[string]int{}
	for range 3 {
		got := f.office.Next()
		subjects[got.Header.Get("Envelope-To")+" "+got.Subject]++
		if !strings.Contains(got.Text, client) || !strings.Contains(got.Text, "By: Ivan Ivanov") || !strings.Contains(got.Text, "What to do: call the client") {
			t.Errorf("%s", got.Text)
		}
	}
	for _, want := range []string{"ivanov@acme.example Please call back +79121112233", "boss@acme.example Nobody called back +79121112233", "guard@acme.example Nobody called back +79121112233"} {
		if subjects[want] != 1 {
			t.Errorf("letters: %v", subjects)
		}
	}
}

func TestOfAHiddenCallerNobodyIsAskedToCallBack(t *testing.T) {
	f := newFirm(t, "ru", true)
	c := f.call(time.Now().Add(-2 * time.Hour).UTC())
	for i, fact := range c.facts {
		switch body := fact.Body.(type) {
		case fmc.Opened:
			body.From.E164 = ""
			c.facts[i].Body = body
		case fmc.LegBegan:
			body.Number.E164 = ""
			c.facts[i].Body = body
		}
	}
	c.at(time.Second, fmc.LegBegan{Leg: c.leg(2), Role: fmc.Worker, Employee: "petrov", Group: "sales", Device: "x", Line: "trunk:carrier-a"}).ends(20 * time.Second)
	for range 3 {
		if got := f.office.Next(); !strings.HasSuffix(got.Subject, ": скрытый номер") || !strings.Contains(got.Text, "перезвонить нельзя") {
			t.Errorf("%q\n%s", got.Subject, got.Text)
		}
	}
	if len(f.texts.sent) > 0 {
		t.Errorf("texted: %q", f.texts.next(t))
	}
}

func TestAClientWhoWasTalkedWithIsNotFollowedUp(t *testing.T) {
	f := newFirm(t, "en", true)
	over := time.Now().Add(-2 * time.Hour).UTC()
	missed := f.call(over)
	missed.at(time.Second, fmc.LegBegan{Leg: missed.leg(2), Role: fmc.Worker, Employee: "petrov", Group: "sales", Device: "x", Line: "trunk:carrier-a"})
	talked := f.call(over.Add(10 * time.Minute))
	talked.at(time.Second, fmc.LegBegan{Leg: talked.leg(2), Role: fmc.Worker, Employee: "ivanov", Group: "sales", Device: "x", Line: "trunk:carrier-a"})
	talked.at(2*time.Second, fmc.LegIs{Leg: talked.leg(2), Link: fmc.Up}).at(2*time.Second, fmc.Talking{Talks: []fmc.Conversation{{Legs: []fmc.LegID{talked.leg(1), talked.leg(2)}}}})
	hangUp := cause.Of(cause.Hangup)
	missed.at(20*time.Second, fmc.Closed{Cause: hangUp, By: missed.leg(1)})
	talked.at(60*time.Second, fmc.Closed{Cause: hangUp, By: talked.leg(1)})
	f.call(over).keep(append(missed.facts, talked.facts...)...) // both at once, so that the task is done when its jobs come
	last := f.call(morning)
	last.alert(fmc.Alert{Kind: "cap", Employee: "ivanov", Text: "x"}).ends(2 * time.Second)
	for range 2 {
		if got := f.office.Next(); got.Subject != "Alert: a day's calls are used up" {
			t.Errorf("%q to %s", got.Subject, got.Header.Get("Envelope-To"))
		}
	}
	if len(f.texts.sent) > 0 {
		t.Errorf("texted: %q", f.texts.next(t))
	}
}

func TestATextThatNoCardMaySendIsNotTriedAgain(t *testing.T) {
	for kind, again := range map[cause.Kind]bool{cause.Denied: false, cause.NotFound: false, cause.Unavailable: true} {
		f := newFirm(t, "en", true)
		f.texts.fail = cause.Errorf(kind, "no card")
		c := f.call(time.Now().Add(-time.Minute).UTC())
		c.at(time.Second, fmc.LegBegan{Leg: c.leg(2), Role: fmc.Worker, Employee: "petrov", Group: "sales", Device: "x", Line: "trunk:carrier-a"}).ends(20 * time.Second)
		f.texts.next(t)
		f.ended("missed_text")
		if got := len(f.texts.sent); (got == 1) != again {
			t.Errorf("%v: sent %d times", kind, got)
		}
	}
}

// ended waits until a job of that kind is over.
func (f *firm) ended(what string) {
	f.t.Helper()
	for {
		var n int
		err := f.store.NodeConns().QueryRow(f.t.Context(), "select count(*) from "+store.JobSchema+".river_job where args->>'what' = $1 and finalized_at is not null", what).Scan(&n)
		if err != nil {
			f.t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
}

func TestWithoutAMailServerPeopleAreTextedAndNothingIsMailed(t *testing.T) {
	f := newFirm(t, "en", false)
	c := f.call(morning).alert(fmc.Alert{Kind: "first_use", Employee: "ivanov", Text: "first", Person: true})
	c.at(8*time.Second, fmc.Mailed{Leg: c.leg(1), Group: "sales", From: 4 * time.Second}).ends(9 * time.Second)
	for _, want := range []string{"acme +79161234567 first", "acme +79121112233 We call you back soon. Acme"} {
		if got := f.texts.next(t); got != want && !strings.Contains(got, "first") && !strings.Contains(got, "Acme") {
			t.Errorf("%q", got)
		}
	}
	f.ended("voicemail")
}

func TestWhoPromisedToCallBackAndDidNotIsReminded(t *testing.T) {
	f := newFirm(t, "en", true)
	c := f.call(time.Now().Add(-3 * time.Hour).UTC())
	c.at(time.Second, fmc.LegBegan{Leg: c.leg(2), Role: fmc.Worker, Employee: "ivanov", Group: "sales", Device: "x", Line: "trunk:carrier-a"})
	c.at(2*time.Second, fmc.LegIs{Leg: c.leg(2), Link: fmc.Up}).at(2*time.Second, fmc.LegIs{Leg: c.leg(1), Link: fmc.Up})
	storetest.BringIn(t, f.store, c.at(20*time.Second, fmc.Closed{Cause: cause.Of(cause.Hangup)}).facts...)
	acme := f.store.For("acme")
	promise := func(at time.Time) {
		t.Helper()
		if err := acme.SetCallResult(t.Context(), store.CallResult{Call: c.id, Result: "thinking", Back: &at, Author: "ivanov"}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // as often as it is looked, they are reminded once
			if err := f.store.RemindOfPromises(t.Context(), f.queue, func(fmc.CompanyID) time.Duration { return 0 }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, late := range []time.Duration{2 * time.Hour, time.Hour} { // and once more where it was put off
		promise(time.Now().Add(-late).UTC())
		subjects := map[string]int{}
		for range 3 {
			got := f.office.Next()
			subjects[got.Header.Get("Envelope-To")+" "+got.Subject]++
			if !strings.Contains(got.Text, client+" was promised a call back.") || !strings.Contains(got.Text, "By: Ivan Ivanov") {
				t.Errorf("%s", got.Text)
			}
		}
		if subjects["ivanov@acme.example Please call back +79121112233"] != 1 || subjects["boss@acme.example Nobody called back +79121112233"]+subjects["guard@acme.example Nobody called back +79121112233"] != 2 {
			t.Errorf("letters: %v", subjects)
		}
	}
}
