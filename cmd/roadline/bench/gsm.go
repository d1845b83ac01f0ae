package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// modules is how many modules the product has in the rows of GSM lines. The simulated network with them runs in this
// process, on the load's core: what it costs is not the product's.
const modules = 8

// radio is the simulated network, the product's modules in it, and their ports for speech, which are the load's own: the
// network would play what comes through them at its next tick, and what the product adds could not be told from that.
type radio struct {
	network *gsmsim.Network
	devices []*gsmsim.Device
	cards   []*gsmsim.Card
	ports   []*speechPort
	stop    context.CancelFunc
	done    chan error
}

// drawer is a card that is granted to the company and in no module: what it is to send is kept.
var drawer = fmc.SIM{ICCID: fmc.ICCID(gsmsim.NewCard(modules + 1).ICCID)}

// radioTimes are those of a network that is not waited for.
var radioTimes = gsmsim.Timing{
	Register: 100 * time.Millisecond, SetUp: 100 * time.Millisecond, Ring: 5 * time.Second, Text: time.Millisecond, Submit: time.Millisecond,
}

func startRadio(dir string) (*radio, error) {
	network, err := gsmsim.New(gsmsim.Options{Now: time.Now, Dir: filepath.Join(dir, "modems"), Timing: radioTimes})
	if err != nil {
		return nil, err
	}
	r := &radio{network: network, done: make(chan error, 1)}
	for i := range modules {
		card := gsmsim.NewCard(i + 1)
		card.Places = 100
		device, err := network.Plug(gsmsim.HuaweiE173, card)
		if err != nil {
			return nil, err
		}
		port, err := openSpeechPort()
		if err != nil {
			return nil, err
		}
		r.cards, r.devices, r.ports = append(r.cards, card), append(r.devices, device), append(r.ports, port)
	}
	for i := range people {
		network.Subscriber(mobile(i), gsmsim.Behaviour{After: 100 * time.Millisecond})
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() { r.done <- network.Run(ctx) }()
	return r, nil
}

func (r *radio) end() error {
	r.stop()
	err := <-r.done
	for _, p := range r.ports {
		p.close()
	}
	return err
}

// machine is the part of the machine's file that is about modules and cards.
func (r *radio) machine() string {
	var b strings.Builder
	b.WriteString("socket: roadline.sock\nmodems:\n")
	for i, d := range r.devices {
		fmt.Fprintf(&b, "  - {name: module-%d, at: %q, pcm: %q, family: huawei}\n", i+1, d.Port(gsmsim.AT), r.ports[i].path)
	}
	b.WriteString("sims:\n")
	for _, c := range r.cards {
		fmt.Fprintf(&b, "  - {iccid: %q, company: bench}\n", c.ICCID)
	}
	fmt.Fprintf(&b, "  - {iccid: %q, company: bench}\n", drawer.ICCID)
	return b.String()
}

// mobile is a person's mobile.
func mobile(i int) string { return fmt.Sprintf("+7916123%04d", i) }

// company has people reached by SIM on their mobiles, and calls to the cards answered at once. The first number is
// nobody's: SIPp keeps the first call's media port to itself, so that call is refused.
func (r *radio) company() string {
	var b strings.Builder
	b.WriteString("company: bench\nname: Bench\ncountry: RU\ndialling: {prefer: sims}\nrecording: {policy: none}\nprompts: {welcome: Welcome.}\nscenarios: {main: [{say: welcome}]}\nsims:\n")
	for _, c := range append(slices.Clone(r.cards), gsmsim.NewCard(modules+1)) {
		fmt.Fprintf(&b, "  - {iccid: %q, number: %q, mandate: {owner: Bench, contract: \"1\", for: [calls, messages]}}\n", c.ICCID, c.Number)
	}
	b.WriteString("numbers:\n")
	for _, c := range r.cards {
		fmt.Fprintf(&b, "  - {e164: %q, sim: %q, scenario: main}\n", c.Number, c.ICCID)
	}
	for i := 1; i <= modules; i++ {
		fmt.Fprintf(&b, "  - {e164: %q, trunk: carrier-a, owner: p%d, proof: {contract: \"1\", from: 2026-01-01}}\n", number(i), i)
	}
	b.WriteString("employees:\n")
	for i := 1; i <= modules; i++ {
		fmt.Fprintf(&b, "  - {id: p%d, name: Person, mobile: %q, ring: [{device: mobile, for: 30s, confirm: false}]}\n", i, mobile(i))
	}
	return b.String()
}

// gsm measures the rows of GSM lines, with a product of its own.
func (b *bench) gsm() error {
	dir, err := os.MkdirTemp("", "roadline-bench-gsm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r, err := startRadio(dir)
	if err != nil {
		return err
	}
	p, err := startProduct(b.program, r.machine())
	if err != nil {
		return errors.Join(err, r.end())
	}
	for _, measure := range []func(*product, *radio) error{b.speech, b.texts, b.ringing} {
		if err = measure(p, r); err != nil {
			break
		}
	}
	return errors.Join(err, p.stop(), r.end())
}

// speech has people talk over one module, and then over all of them.
func (b *bench) speech(p *product, r *radio) error {
	if err := p.applyText(r.company()); err != nil {
		return err
	}
	if err := r.ready(p); err != nil {
		return err
	}
	start, err := p.cpu()
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(b.seconds / 2 * float64(time.Second)))
	end, err := p.cpu()
	if err != nil {
		return err
	}
	idle := float64((end - start).Microseconds()) / 1000 / (b.seconds / 2)
	one, err := b.lines(p, r, 1, 2*b.seconds)
	if err != nil {
		return err
	}
	all, err := b.lines(p, r, modules, b.minute.Seconds())
	if err != nil {
		return err
	}
	b.add("a modem line with speech both ways: CPU, added delay p99, underruns per hour", "3 ms per second, 40 ms, 0",
		"%.1f ms per second at 1 line, %.1f at %d (the idle server has %.1f in all); to the module p99 %.1f ms (p50 %.1f), from it %.1f (%.1f); %d underruns in %.1f line-minutes, %s; the load itself was late by over %v %.1f %% of the time",
		one.cost, all.cost, modules, idle, all.to.at(0.99), all.to.at(0.5), all.from.at(0.99), all.from.at(0.5), all.missed, all.minutes, all.rate(), lateLoad, 100*all.late)
	return nil
}

// ready waits until every card's line takes calls.
func (r *radio) ready(p *product) error {
	for end := time.Now().Add(90 * time.Second); ; {
		var all []fmc.LineView
		err := p.api("GET", "companies/bench/lines", nil, &all)
		ready := 0
		for _, l := range all {
			if l.Ready {
				ready++
			}
		}
		if ready >= modules {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d of %d lines are ready: %w: %+v", ready, modules, err, all)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// lines makes n calls that reach people by modules, speaks both ways for some time, and hangs them up.
func (b *bench) lines(p *product, r *radio, n int, seconds float64) (spoken, error) {
	for _, port := range r.ports {
		port.share()
	}
	hold := time.Duration((seconds + 20) * float64(time.Second))
	client, err := startSIPp("client", callerPort, callerMedia, hold, "127.0.0.1:"+strconv.Itoa(sipPort), "-m", strconv.Itoa(n+1), "-l", strconv.Itoa(n+1), "-r", "4",
		"-trace_msg", "-message_file", "messages.log")
	if err != nil {
		return spoken{}, err
	}
	defer client.stop()
	var pairs []pair
	for end := time.Now().Add(30 * time.Second); len(pairs) < n; {
		if time.Now().After(end) {
			return spoken{}, fmt.Errorf("only %d of %d calls by modules stand", len(pairs), n)
		}
		time.Sleep(300 * time.Millisecond)
		if pairs, err = client.pairs(); err != nil {
			pairs = nil
		}
	}
	s, err := listenAt(pairs)
	if err != nil {
		return spoken{}, err
	}
	defer s.close()
	t := newTalk(s, r.ports)
	if err := t.watch(); err != nil {
		return spoken{}, err
	}
	t.speak(3) // the ports learn whom they hear, the jitter buffer finds its delay
	start, err := p.cpu()
	if err != nil {
		return spoken{}, err
	}
	t.forget()
	t.speak(seconds)
	end, err := p.cpu()
	if err != nil {
		return spoken{}, err
	}
	result := t.spoken(seconds)
	result.cost = float64((end - start).Microseconds()) / 1000 / (float64(n) * seconds)
	return result, client.wait(hold + time.Minute)
}

// ringing has clients call the cards, again and again, and takes the time from RING to the answer.
func (b *bench) ringing(p *product, r *radio) error {
	if err := r.ready(p); err != nil {
		return err
	}
	each := int(3 * b.seconds)
	var mu sync.Mutex
	var times sorted
	var group sync.WaitGroup
	errs := make([]error, modules)
	for i, card := range r.cards {
		group.Go(func() {
			for range each {
				took, err := r.ring(card)
				if err != nil {
					errs[i] = err
					return
				}
				mu.Lock()
				times = append(times, took)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	slices.Sort(times)
	b.add("from RING to the plan's first action, which is the answer, p50 and p99", "none", "%.1f and %.1f ms (%d calls, %d modules at a time)", times.at(0.5), times.at(0.99), len(times), modules)
	return nil
}

// ring calls a card and hangs up when it answers. It returns the ms from RING until the module was told to answer.
func (r *radio) ring(card *gsmsim.Card) (float64, error) {
	for range 20 {
		phone, err := r.network.Call("+79120000001", card.Number, gsmsim.CallOptions{})
		if err != nil {
			return 0, err
		}
		select {
		case <-phone.Alerted():
		case <-phone.Ended(): // the module is not done with the call before
			time.Sleep(100 * time.Millisecond)
			continue
		}
		rang := time.Now()
		select {
		case <-phone.Answered():
			took := float64(time.Since(rang)) / 1e6
			phone.HangUp()
			time.Sleep(500 * time.Millisecond)
			return took, nil
		case <-time.After(20 * time.Second):
			return 0, fmt.Errorf("a call to %s is not answered", card.Number)
		}
	}
	return 0, fmt.Errorf("%s is always busy", card.Number)
}
