package house_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
	"roadline/store"
	"roadline/store/storetest"
)

// quickTexts is a network that is in a hurry.
var quickTexts = gsmsim.Timing{
	Register: 50 * time.Millisecond, Boot: 300 * time.Millisecond, Text: 5 * time.Millisecond, Submit: 5 * time.Millisecond, USSD: 20 * time.Millisecond,
}

// texter is a town whose company has cards, and writes and reads by them.
type texter struct {
	*housetest.Town
	t       *testing.T
	mobiles *housetest.Mobiles
	api     *http.Client
}

// texters starts a house with everything that is plugged in; more changes its machine and its company by replacing.
func texters(t *testing.T, mobiles *housetest.Mobiles, dsn string, cards []*gsmsim.Card, more ...string) *texter {
	t.Helper()
	change := strings.NewReplacer(more...)
	town := housetest.Start(t, housetest.Setup{DSN: dsn, Extra: change.Replace(mobiles.Machine("acme", cards...)), Company: change.Replace(textCompany(cards...))})
	x := &texter{Town: town, t: t, mobiles: mobiles, api: overSocket(town.Machine.Socket)}
	t.Cleanup(x.api.CloseIdleConnections)
	return x
}

// textCompany is a company that has cards and nothing else.
func textCompany(cards ...*gsmsim.Card) string {
	var b strings.Builder
	b.WriteString("company: acme\nname: Acme\ncountry: RU\nsims:\n")
	for _, c := range cards {
		b.WriteString("  - " + housetest.SIM(c) + "\n")
	}
	return b.String()
}

// overSocket speaks HTTP over a unix socket.
func overSocket(path string) *http.Client {
	return &http.Client{Timeout: housetest.Within, Transport: &http.Transport{
		MaxIdleConnsPerHost: stormPeers,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
}

// ask asks an API about the company and reads the answer into something. An error says that there was none, or another
// than 200.
func ask(ctx context.Context, api *http.Client, method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://house/v1/companies/acme/"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := api.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err = io.ReadAll(answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return &refusedError{answer.StatusCode, string(text)}
	}
	return json.Unmarshal(text, into)
}

// refusedError is an answer of the API that is not 200.
type refusedError struct {
	status int
	text   string
}

func (e *refusedError) Error() string { return fmt.Sprint(e.status, " ", e.text) }

// must is ask where nothing else than an answer is right.
func (x *texter) must(method, path string, body, into any) {
	x.t.Helper()
	if err := ask(x.t.Context(), x.api, method, path, body, into); err != nil {
		x.t.Fatal(err)
	}
}

func (x *texter) send(card *gsmsim.Card, to, text string) fmc.Message {
	x.t.Helper()
	var m fmc.Message
	x.must(http.MethodPost, "messages", cabinet.Send{From: card.ICCID, To: to, Text: text, Author: "test"}, &m)
	return m
}

// gets waits until somebody outside got so many texts.
func (x *texter) gets(number string, count int) []gsmsim.Text {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), housetest.Within)
	defer cancel()
	got, err := x.mobiles.AwaitTexts(ctx, number, count)
	if err != nil {
		x.t.Fatalf("%v\n%s", err, x.Log)
	}
	return got
}

// came waits until so many messages came, and no more, and none of them lacks a part; the oldest first.
func (x *texter) came(count int) []store.MessageLine {
	x.t.Helper()
	var lines []store.MessageLine
	x.Await(fmt.Sprint(count, " messages"), func() bool {
		lines = lines[:0]
		for _, l := range everyMessage(x.t, x.House.Store().For("acme")) {
			if l.In && l.Missing == nil {
				lines = append(lines, l)
			}
		}
		return len(lines) >= count
	})
	if len(lines) > count {
		x.t.Fatalf("%d messages came, not %d: %+v", len(lines), count, lines)
	}
	return lines
}

// becomes waits until a message is in a state.
func (x *texter) becomes(id fmc.MessageID, want fmc.MessageState) store.MessageEntry {
	x.t.Helper()
	var m store.MessageEntry
	x.Await("the message is "+string(want), func() bool {
		var err error
		m, err = x.House.Store().For("acme").Message(x.t.Context(), id)
		return err == nil && m.State == want
	})
	return m
}

// alphabets are texts in every alphabet that a telephone writes.
var alphabets = map[string]string{
	"the default alphabet":                 "Good day @ £5, ¿qué? Ωmega",
	"its extension":                        `{braces} [brackets] ~tilde \ ^ | €5`,
	"Cyrillic":                             "Добрый день, Ёж!",
	"outside the base plane":               "👋🏽 see you 🙂",
	"two parts by a surrogate at the seam": strings.Repeat("ы", 66) + "🙂" + strings.Repeat("ы", 20),
	"an escape at the seam":                strings.Repeat("a", 152) + "€" + strings.Repeat("b", 30),
	"ten parts":                            strings.Repeat("Очень длинное письмо. ", 30),
	"lines":                                "one\ntwo\r\nthree",
}

func TestEveryAlphabetGoesAndComes(t *testing.T) {
	t.Parallel()
	for _, model := range []gsmsim.Make{gsmsim.HuaweiE173, gsmsim.EC25} {
		t.Run(model.Name, func(t *testing.T) {
			mobiles := housetest.MobilesAt(t, quickTexts)
			card := gsmsim.NewCard(1)
			card.Places = 4 // fewer than the longest text has parts
			mobiles.Plugs(model, card)
			x := texters(t, mobiles, "", []*gsmsim.Card{card})
			n := 0
			for name, text := range alphabets {
				peer := fmt.Sprintf("+7916123%04d", n)
				n++
				x.send(card, peer, text)
				if got := x.gets(peer, 1)[0].Body; got != text {
					t.Errorf("%s: %q went out as %q", name, text, got)
				}
				if err := mobiles.TextAs(peer, card.Number, text, gsmsim.TextOptions{Backwards: true, Twice: n%2 == 0}); err != nil {
					t.Fatal(err)
				}
			}
			came := map[string]string{}
			for _, l := range x.came(len(alphabets)) {
				came[l.Text] = l.Peer
			}
			for name, text := range alphabets {
				if came[text] == "" {
					t.Errorf("%s did not come: %q", name, text)
				}
			}
		})
	}
}

// Messages that no simulated telephone writes: from +79030000001, at noon.
const (
	pduHead  = "00" + "040B919730000000F1" + "00"
	pduStamp = "62112221000021"
	eightBit = pduHead + "04" + pduStamp + "04DEADBEEF"
	nothing  = pduHead + "00" + pduStamp + "00"
	short    = pduHead + "00" + pduStamp + "A0E8329BFD06" // it ends before its text does
	noise    = "00FFFFFF"
)

func TestWhatIsNoTextIsKeptAndTheCardDoesNotFill(t *testing.T) {
	t.Parallel()
	mobiles := housetest.MobilesAt(t, quickTexts)
	card := gsmsim.NewCard(1)
	card.Places = 2
	mobiles.Plugs(gsmsim.HuaweiE173, card)
	x := texters(t, mobiles, "", []*gsmsim.Card{card})
	x.Line("acme", card)
	sent := []string{short, noise, nothing, eightBit}
	for _, text := range sent {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		mobiles.Deliver(card.Number, raw)
	}
	flash := 0
	if err := mobiles.TextAs("The Bank", card.Number, "code 1234", gsmsim.TextOptions{Class: &flash}); err != nil {
		t.Fatal(err)
	}
	if err := mobiles.Text("The Bank", card.Number, "still there"); err != nil {
		t.Fatal(err)
	}
	kept := map[string]cabinet.MessageDetail{}
	for _, l := range x.came(len(sent) + 2) {
		var m cabinet.MessageDetail
		x.must(http.MethodGet, "messages/"+string(l.ID), nil, &m)
		kept[m.Came[0].PDU] = m
		if l.Text == "code 1234" && (l.Peer != "The Bank" || m.Came[0].Class == nil || *m.Came[0].Class != 0) {
			t.Errorf("the flash came as %+v", m)
		}
	}
	for i, text := range sent {
		m, ok := kept[strings.ToLower(text)]
		if broken := i < 2; !ok || (m.Broken != "") != broken {
			t.Errorf("%s is kept as %+v", text, m.MessageShown)
		}
	}
	if m := kept[strings.ToLower(nothing)]; m.Text != "" || m.Peer != "+79030000001" {
		t.Errorf("the empty one came as %+v", m.MessageShown)
	}
	if n := mobiles.Undelivered(); n > 0 {
		t.Errorf("%d wait for room", n)
	}
}

// TestPostgreSQLIsAwayAndNoMessageIsLost has messages come and go while the server is stopped, over a restart of the
// house without it.
func TestPostgreSQLIsAwayAndNoMessageIsLost(t *testing.T) {
	t.Parallel()
	const count = 30
	server := storetest.NewServer(t)
	mobiles := housetest.MobilesAt(t, quickTexts)
	card := gsmsim.NewCard(1)
	card.Places = 3
	mobiles.Plugs(gsmsim.SIM7600, card)
	x := texters(t, mobiles, server.DSN(), []*gsmsim.Card{card})
	x.Line("acme", card)
	const peer = "+79161234567"
	both := func(from int) {
		for n := from; n < from+count; n++ {
			if err := mobiles.Text(peer, card.Number, fmt.Sprint("in ", n)); err != nil {
				t.Fatal(err)
			}
			x.send(card, peer, fmt.Sprint("out ", n))
		}
		x.gets(peer, from+count)
		x.Await("the cards are empty", func() bool { return mobiles.Undelivered() == 0 })
	}
	both(0)
	server.Stop()
	both(count)
	x.Close()
	x.Open()
	both(2 * count)
	x.Close()
	server.Start()
	x.Open()
	came := map[string]bool{} // the network's clock tells the order to a second only
	for _, l := range x.came(3 * count) {
		came[l.Text] = true
	}
	for n := range 3 * count {
		if !came[fmt.Sprint("in ", n)] {
			t.Errorf("number %d is lost", n)
		}
	}
	for n, text := range x.gets(peer, 3*count) {
		if text.Body != fmt.Sprint("out ", n) {
			t.Errorf("%q went as number %d", text.Body, n)
		}
	}
	x.Await("all are sent", func() bool {
		out := 0
		for _, l := range everyMessage(t, x.House.Store().For("acme")) {
			if !l.In && (l.State == fmc.MessageSent || l.State == fmc.MessageDelivered) {
				out++
			}
		}
		return out == 3*count
	})
}
