package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/store/storetest"
)

// pastCalls are those that the browser's lists are made of. How quick they are with a million is the rows of pages.
const pastCalls = 20_000

// browser measures what people wait for in a browser, with a product of its own.
func (b *bench) browser() error {
	secret, err := passwordFile(boxPassword)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(secret)) }()
	p, err := startProduct(b.program, gatewayMachine(secret, 1)+webMachine)
	if err != nil {
		return err
	}
	return errors.Join(b.browserOf(p), p.stop())
}

// road is an office whose people are each reached at a number of their own on their mobile, with the lines of one gateway.
func road() string {
	o := office{owned: true, more: fmt.Sprintf("recording: {policy: all}\ncaller_id: [{for: all, show: %q}]\n%s", number(0), cardsOf(boxLines))}
	for i := range officePeople {
		o.numbers = append(o.numbers, number(i))
	}
	return o.text()
}

func (b *bench) browserOf(p *product) error {
	if err := p.applyText(road()); err != nil {
		return err
	}
	past := storetest.Past{Company: "bench", Calls: pastCalls, Days: 90, End: time.Now(), People: officePeople, Groups: officeGroups, Numbers: officeNumbers}
	dsn, err := p.dsn()
	if err != nil {
		return err
	}
	if err := past.Make(context.Background(), dsn); err != nil {
		return err
	}
	password, err := p.password("e0")
	if err != nil {
		return err
	}
	d, err := startDriver()
	if err != nil {
		return err
	}
	defer d.stop()
	who := map[string]any{"base": fmt.Sprintf("http://127.0.0.1:%d", webPort), "login": "e0", "password": password}
	if err := d.do("signIn", who, nil); err != nil {
		return err
	}
	for _, measure := range []func(*product, *driver) error{b.appears, b.sounds, b.rings, b.answersPress, b.opens} {
		if err := measure(p, d); err != nil {
			return err
		}
	}
	return nil
}

// noted is an element as a page painted it.
type noted struct {
	ID string
	Is string
	At float64 // ms since 1970
}

// appears takes the time from what happens until the pages that show it have painted it.
func (b *bench) appears(p *product, d *driver) error {
	calls, err := b.callsAppear(d)
	if err != nil {
		return err
	}
	lines, err := b.linesAppear(p, d)
	if err != nil {
		return err
	}
	b.add("from an event until an open page has painted it, p95", "300 ms", "a call that begins %.0f ms (p50 %.0f, %d calls), a line that leaves the network or comes back %.0f ms (p50 %.0f, %d times)",
		calls.at(0.95), calls.at(0.5), len(calls), lines.at(0.95), lines.at(0.5), len(lines))
	return nil
}

// callRate is how many calls a second come, are answered and end while the page is looked at: there is always one that changes.
const callRate = 4

// callsAppear has calls come while the board is open. When the server learned of a call stands in its id (RFC 9562 §5.7).
func (b *bench) callsAppear(d *driver) (sorted, error) {
	if err := d.do("watch", map[string]any{"path": "/live", "feed": "/live/feed", "rows": "li[data-call]"}, nil); err != nil {
		return nil, err
	}
	n := int(12 * b.seconds)
	if _, err := b.burst(callRate, n, func(*sipp) error { return nil }); err != nil {
		return nil, err
	}
	var all []noted
	if err := d.do("seen", map[string]any{"n": n}, &all); err != nil {
		return nil, err
	}
	var times sorted
	shown := map[string]bool{}
	for _, one := range all {
		id, err := uuid.Parse(strings.TrimPrefix(one.ID, "call-"))
		if err != nil {
			return nil, err
		}
		if !shown[one.ID] {
			shown[one.ID] = true
			times = append(times, one.At-moment(time.Unix(id.Time().UnixTime())))
		}
	}
	if len(times) < n*9/10 { // one that ends at once may never be seen
		return nil, fmt.Errorf("the board showed %d of %d calls", len(times), n)
	}
	slices.Sort(times)
	return times, nil
}

// linesAppear has the gateway's lines leave the network and come back while the wall is open, at moments of chance.
func (b *bench) linesAppear(p *product, d *driver) (sorted, error) {
	f, err := startFleet(p, 1)
	if err != nil {
		return nil, err
	}
	defer f.close()
	for line := range boxLines {
		if err := f.say(line, lineSignal, true); err != nil {
			return nil, err
		}
	}
	if err := f.awaitLines("to be ready", func(l fmc.LineView) bool { return l.State == ready }); err != nil {
		return nil, err
	}
	if err := d.do("watch", map[string]any{"path": "/lines", "feed": "/lines/feed", "rows": "li.line-tile[id]"}, nil); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(1, 2))
	said := make([]float64, int(6*b.seconds))
	for n := range said {
		time.Sleep(time.Duration(100+random.IntN(400)) * time.Millisecond)
		said[n] = moment(time.Now())
		if err := f.say(n%boxLines, lineSignal, n/boxLines%2 == 1); err != nil {
			return nil, err
		}
	}
	var all []noted
	if err := d.do("seen", map[string]any{"n": boxLines + len(said)}, &all); err != nil { // the lines as they were come first
		return nil, err
	}
	var times sorted
	for n, at := range said {
		id := "line-" + f.cards[n%boxLines].ICCID
		i := slices.IndexFunc(all, func(one noted) bool { return one.ID == id && one.At >= at })
		if i < 0 {
			return nil, fmt.Errorf("the wall did not show line %d otherwise", n%boxLines+1)
		}
		times = append(times, all[i].At-at)
	}
	slices.Sort(times)
	return times, nil
}

const lineSignal = 20 // as AT+CSQ has it

// moment is a time in ms since 1970, as browsers tell it.
func moment(t time.Time) float64 { return float64(t.UnixMicro()) / 1000 }

// sounds takes the time from a press of play until the sound runs.
func (b *bench) sounds(p *product, d *driver) error {
	calls, err := b.taped(p)
	if err != nil {
		return err
	}
	var times sorted
	if err := d.do("played", map[string]any{"calls": calls, "n": int(3 * b.seconds)}, &times); err != nil {
		return err
	}
	slices.Sort(times)
	b.add("from a press of play until the sound runs, p95", "300 ms", "%.0f ms (p50 %.0f, %d times)", times.at(0.95), times.at(0.5), len(times))
	return nil
}

// taped makes calls that people speak in, and waits until they can be heard. They are the newest.
func (b *bench) taped(p *product) ([]fmc.CallID, error) {
	const spoken = 3
	began := time.Now()
	c, err := gather(spoken+1, 0)
	if err != nil {
		return nil, err
	}
	defer c.close()
	c.voices.talk(4)
	if err := c.wait(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		newest, err := p.newest(spoken)
		if err != nil {
			return nil, err
		}
		ready := slices.DeleteFunc(newest, func(c cabinet.CallLine) bool { return c.Began.Before(began) || c.Recording != fmc.TapeReady.String() })
		if len(ready) == spoken {
			return []fmc.CallID{ready[0].ID, ready[1].ID, ready[2].ID}, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%d of %d recordings are there", len(ready), spoken)
		}
	}
}

// newest are the latest calls.
func (p *product) newest(n int) ([]cabinet.CallLine, error) {
	var page cabinet.CallsShown
	err := p.api(http.MethodGet, "companies/bench/calls?limit="+strconv.Itoa(n), nil, &page)
	return page.Calls, err
}
