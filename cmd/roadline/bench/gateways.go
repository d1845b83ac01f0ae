package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// The gateways of the product: boxes whose lines tell by UDP how they stand, as GoIP's do. They are this program's own, for
// no simulator tells so much so quickly; each box hears the product at one port and is heard from one.
const (
	gatewayBoxes = 16
	boxLines     = 32 // as many as the largest GoIP has
	gatewayLines = gatewayBoxes * boxLines

	firstBoxPort = 15900
)

// gatewayMachine is the part of the machine's file that is about so many of them.
func gatewayMachine(password string, boxes int) string {
	var b strings.Builder
	b.WriteString("socket: roadline.sock\ngateways:\n")
	for box := range boxes {
		fmt.Fprintf(&b, "  - {name: box-%d, vendor: goip, listen: \"127.0.0.1:%d\", address: 127.0.0.1, silent: 10m, lines: [", box, firstBoxPort+box)
		for line := range boxLines {
			fmt.Fprintf(&b, "{id: goip%d, password_file: %q}, ", line+1, password)
		}
		b.WriteString("]}\n")
	}
	b.WriteString("sims:\n")
	for i := range boxes * boxLines {
		fmt.Fprintf(&b, "  - {iccid: %q, company: bench}\n", gsmsim.NewCard(i+1).ICCID)
	}
	return b.String()
}

// cardsOf is the part of a company's file that is about the cards of so many lines.
func cardsOf(lines int) string {
	var b strings.Builder
	b.WriteString("sims:\n")
	for i := range lines {
		c := gsmsim.NewCard(i + 1)
		fmt.Fprintf(&b, "  - {iccid: %q, number: %q, mandate: {owner: Bench, contract: \"1\", for: [calls, messages]}}\n", c.ICCID, c.Number)
	}
	return b.String()
}

// gateways measures how many words of 512 lines a second are taken, with a product of its own.
func (b *bench) gateways() error {
	secret, err := passwordFile(boxPassword)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(secret)) }()
	p, err := startProduct(b.program, gatewayMachine(secret, gatewayBoxes))
	if err != nil {
		return err
	}
	return errors.Join(b.gatewaysOf(p), p.stop())
}

func (b *bench) gatewaysOf(p *product) error {
	if err := p.applyText("company: bench\nname: Bench\ncountry: RU\n" + cardsOf(gatewayLines)); err != nil {
		return err
	}
	f, err := startFleet(p, gatewayBoxes)
	if err != nil {
		return err
	}
	defer f.close()
	if _, err := f.says(gatewayLines, 1, f.steady); err != nil { // they come up
		return err
	}
	if err := f.awaitLines("to be ready", func(l fmc.LineView) bool { return l.SIM.SignalDBm != 0 && l.State == ready }); err != nil {
		return err
	}
	idle, err := f.idle(b.seconds / 2)
	if err != nil {
		return err
	}
	var words []string
	for _, rate := range []int{gatewayLines, 4 * gatewayLines, 16 * gatewayLines} {
		s, err := f.says(rate, b.seconds, f.steady)
		if err == nil && s.lost > 0 {
			words = append(words, fmt.Sprintf("%d: %d of %d lost", rate, s.lost, s.words))
			break
		}
		if err == nil {
			err = f.awaitLines("to have the signal that they said", func(l fmc.LineView) bool { return l.SIM.SignalDBm == s.dBm[l.SIM.ICCID] })
		}
		if err != nil {
			return err
		}
		words = append(words, fmt.Sprintf("%d: all, p99 %.1f ms, %.3f ms of CPU each", rate, s.p99, s.cost-idle/float64(rate)))
	}
	kept, err := f.comeAndGo(b.seconds)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("words of %d gateway lines how they stand, a second, taken and shown", gatewayLines), "none",
		"%s (beside the idle server's %.1f ms per second); in and out of the network, each kept in PostgreSQL: %s", strings.Join(words, "; "), idle, kept)
	return nil
}

// ready is how a line's state reads that takes calls.
const ready = "ready"

// comeAndGo has every line leave the network and come back, again and again, once a second each. All of it must stand in
// PostgreSQL.
func (f *fleet) comeAndGo(seconds float64) (string, error) {
	before, err := f.history()
	if err != nil {
		return "", err
	}
	postgres := f.product.postgresCPU()
	s, err := f.says(gatewayLines, seconds, func(n int) (int, bool) { return 20, n%2 == 1 })
	if err != nil || s.lost > 0 {
		return fmt.Sprintf("%d of %d words lost", s.lost, s.words), err
	}
	told := s.words / gatewayLines // of each line, and each time otherwise than before
	began, after := time.Now(), 0
	for after < before+told*sampled {
		if time.Since(began) > time.Minute {
			return "", fmt.Errorf("%d changes of %d lines are in PostgreSQL, not %d", after-before, sampled, told*sampled)
		}
		if after, err = f.history(); err != nil {
			return "", err
		}
		time.Sleep(20 * time.Millisecond)
	}
	late := float64(time.Since(began).Microseconds()) / 1000
	return fmt.Sprintf("%d a second, the last %.0f ms after it was told, %.2f ms of CPU each and %.2f of PostgreSQL", gatewayLines, late, s.cost, perCall(f.product.postgresCPU()-postgres, s.words)), nil
}

// sampled is of how many lines the history is looked at: one of each box.
const sampled = gatewayBoxes

// history is how many changes of the sampled lines are in PostgreSQL.
func (f *fleet) history() (n int, err error) {
	for box := range gatewayBoxes {
		var d cabinet.SIMDetail
		if err := f.product.api(http.MethodGet, "companies/bench/sims/"+f.cards[box*boxLines].ICCID, nil, &d); err != nil {
			return 0, err
		}
		n += len(d.History)
	}
	return n, nil
}

// idle is the server's CPU in ms per second while nothing is said.
func (f *fleet) idle(seconds float64) (float64, error) {
	start, err := f.product.cpu()
	if err != nil {
		return 0, err
	}
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	end, err := f.product.cpu()
	return float64((end - start).Microseconds()) / 1000 / seconds, err
}

// awaitLines waits until all lines of the company are so.
func (f *fleet) awaitLines(what string, is func(fmc.LineView) bool) error {
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var all []fmc.LineView
		if err := f.product.api(http.MethodGet, "companies/bench/lines", nil, &all); err != nil {
			return err
		}
		wrong := slices.IndexFunc(all, func(l fmc.LineView) bool { return l.SIM == nil || !is(l) })
		if wrong < 0 && len(all) == len(f.cards) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d lines are waited for %s: %+v", len(all), what, all[max(wrong, 0)])
		}
	}
}

// fleet is the boxes.
type fleet struct {
	product *product
	cards   []*gsmsim.Card // of the lines, box by box
	boxes   []*net.UDPConn
	ends    sync.WaitGroup
	words   int // that were said in all
	turn    int // of the signals

	mu    sync.Mutex // guards:
	said  map[string]time.Time
	times sorted // ms until words were acknowledged
}

func startFleet(p *product, boxes int) (*fleet, error) {
	f := &fleet{product: p, said: map[string]time.Time{}}
	for i := range boxes * boxLines {
		f.cards = append(f.cards, gsmsim.NewCard(i+1))
	}
	for box := range boxes {
		conn, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: firstBoxPort + box})
		if err != nil {
			f.close()
			return nil, err
		}
		f.boxes = append(f.boxes, conn)
		f.ends.Go(func() { f.hear(conn) })
	}
	return f, nil
}

func (f *fleet) close() {
	for _, conn := range f.boxes {
		_ = conn.Close()
	}
	f.ends.Wait()
}

// hear takes acknowledgements, "reg:7;status:200;".
func (f *fleet) hear(conn *net.UDPConn) {
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		now := time.Now()
		number, taken := strings.CutSuffix(strings.TrimPrefix(string(buffer[:n]), "reg:"), ";status:200;")
		f.mu.Lock()
		if at, known := f.said[number]; err == nil && taken && known {
			delete(f.said, number)
			f.times = append(f.times, float64(now.Sub(at).Microseconds())/1000)
		}
		f.mu.Unlock()
	}
}

// boxPassword is that of every line.
const boxPassword = "goat"

// steady is lines that stay in the network and say another signal each time.
func (f *fleet) steady(int) (signal int, in bool) {
	f.turn++
	return 12 + f.turn%18, true
}

// saying is what became of words.
type saying struct {
	words int
	lost  int               // that were not acknowledged within a second
	p99   float64           // ms until the others were
	cost  float64           // ms of the product's CPU for each
	dBm   map[fmc.ICCID]int // the last signal of each line
}

// says has the lines say in turn how they stand, so many words a second in all; how is told how often the line spoke before.
func (f *fleet) says(rate int, seconds float64, how func(n int) (signal int, in bool)) (s saying, err error) {
	f.mu.Lock()
	f.times, f.said = nil, map[string]time.Time{}
	f.mu.Unlock()
	start, err := f.product.cpu()
	if err != nil {
		return s, err
	}
	s.dBm = map[fmc.ICCID]int{}
	began := time.Now()
	for total := int(float64(rate)*seconds) / gatewayLines * gatewayLines; s.words < total; {
		for due := min(total, int(time.Since(began).Seconds()*float64(rate))+1); s.words < due; s.words++ {
			line := s.words % gatewayLines
			signal, in := how(s.words / gatewayLines)
			if err := f.say(line, signal, in); err != nil {
				return s, err
			}
			s.dBm[fmc.ICCID(f.cards[line].ICCID)] = 2*signal - 113 // 3GPP TS 27.007 §8.5
		}
		time.Sleep(time.Millisecond)
	}
	for end := time.Now().Add(time.Second); f.owed() > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	s.lost = f.owed()
	end, err := f.product.cpu()
	s.cost = perCall(end-start, s.words)
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.Sort(f.times)
	s.p99 = f.times.at(0.99)
	return s, err
}

// owed is how many words are not acknowledged.
func (f *fleet) owed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.said)
}

// say has one line say how it stands, as firmware of 2016 does.
func (f *fleet) say(line, signal int, in bool) error {
	f.words++
	number, card, state := fmt.Sprint(f.words), f.cards[line], "LOGIN"
	if !in {
		state = "LOGOUT"
	}
	text := fmt.Sprintf("req:%s;id:goip%d;pass:%s;num:%s;signal:%d;gsm_status:%s;voip_status:LOGIN;voip_state:IDLE;remain_time:-1;imei:35209900%07d;imsi:%s;iccid:%s;pro:NET;idle:11;"+
		"disable_status:0;SMS_LOGIN:N;SMB_LOGIN:;CELLINFO:LAC:9110,CELL ID:7E6;CGATT:Y;",
		number, line%boxLines+1, boxPassword, card.Number, signal, state, line, card.IMSI, card.ICCID)
	f.mu.Lock()
	f.said[number] = time.Now()
	f.mu.Unlock()
	_, err := f.boxes[line/boxLines].Write([]byte(text))
	return err
}
