package gatewaytest

import (
	"context"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
	"roadline/hardware/modem"
)

const client = "+79161234567" // somebody outside

// got waits for a text at the client and returns all that he has.
func (b *bench) got(n int) []gsmsim.Text {
	b.Helper()
	all, err := b.net.AwaitTexts(b.ctx(), client, n)
	b.check(err)
	return all
}

func textsGo(b *bench) {
	s := b.ready(0)
	for i, words := range []string{"hello", "again"} {
		if _, err := s.SendText(b.ctx(), client, words); err != nil {
			b.Fatal(err)
		}
		if all := b.got(i + 1); all[i].Body != words || all[i].From != b.cards[0].Number {
			b.Errorf("there came %+v", all[i])
		}
	}
}

// letters are what protocols made of text stumble over.
var letters = []string{
	"Привет, мир", `"quoted" and 'quoted'`, "100% of +5 & more; a=b", "two\nlines", `back\slash`, "ราคา 100 บาท", "emoji 👍", "{\"json\":[1]}", "#param#",
	" space before and after ", "number:1;pass:x;msg:", "comma, colon: semicolon;", "--END COMMAND--",
}

func lettersGo(b *bench) {
	s := b.ready(0)
	for i, words := range letters {
		if _, err := s.SendText(b.ctx(), client, words); err != nil {
			b.Fatalf("%q: %v", words, err)
		}
		if all := b.got(i + 1); all[i].Body != words {
			b.Errorf("%q came as %q", words, all[i].Body)
		}
	}
}

func longTextGoes(b *bench) {
	s := b.ready(0)
	words := strings.TrimSpace(strings.Repeat("длинный текст ", 12))
	_, err := s.SendText(b.ctx(), client, words)
	b.check(err)
	if all := b.got(1); all[0].Body != words || all[0].Parts < 3 {
		b.Errorf("there came %+v", all[0])
	}
}

func textRefused(b *bench) {
	s := b.ready(0)
	b.net.RefuseTexts(1, 28)
	if _, err := s.SendText(b.ctx(), client, "refused"); err == nil || modem.Uncertain(err) {
		b.Errorf("a text that the network refuses: %v", err)
	}
	_, err := s.SendText(b.ctx(), client, "taken")
	b.check(err)
	if all := b.got(1); len(all) != 1 || all[0].Body != "taken" {
		b.Errorf("there came %+v", all)
	}
}

// textBroken: a part of it went, and is paid for. It must not be sent again as if nothing had.
func textBroken(b *bench) {
	s := b.ready(0)
	b.box.Fault(0, gwsim.Breaks, true)
	if _, err := s.SendText(b.ctx(), client, strings.TrimSpace(strings.Repeat("длинный текст ", 12))); !modem.Uncertain(err) {
		b.Errorf("a long text of which a part went: %v", err)
	}
	b.box.Fault(0, gwsim.Breaks, false)
	_, err := s.SendText(b.ctx(), client, "next")
	b.check(err)
	if all := b.got(1); len(all) != 1 || all[0].Body != "next" {
		b.Errorf("there came %+v", all)
	}
}

func textOnce(b *bench) {
	s := b.ready(0)
	b.box.Fault(0, gwsim.Repeats, true)
	for range 3 {
		_, err := s.SendText(b.ctx(), client, "once")
		b.check(err)
	}
	b.box.Fault(0, gwsim.Repeats, false)
	_, err := s.SendText(b.ctx(), client, "last")
	b.check(err)
	if all := b.got(4); len(all) != 4 || all[3].Body != "last" {
		b.Errorf("there came %+v", all)
	}
}

// textCut: the network has the text and nobody says so. It must not be sent again, and not be taken for refused.
func textCut(b *bench) {
	s := b.ready(0)
	b.box.Fault(0, gwsim.CutSend, true)
	if err := s.sendLost("cut"); b.world.Unsure && !modem.Uncertain(err) {
		b.Errorf("a text of which nothing more was heard: %v", err)
	}
	b.box.Fault(0, gwsim.CutSend, false)
	_, err := s.SendText(b.ctx(), client, "next")
	b.check(err)
	all := b.got(2)
	if len(all) != 2 || all[0].Body != "cut" || all[1].Body != "next" {
		b.Errorf("there came %+v", all)
	}
}

// sendLost sends a text that arrives, and of which no more is heard: whoever sends gives up then, or is told before.
func (s *served) sendLost(words string) error {
	s.Helper()
	ctx, stop := context.WithCancel(s.ctx())
	done := make(chan error, 1)
	go func() {
		_, err := s.SendText(ctx, client, words)
		done <- err
	}()
	s.got(1)
	late := time.NewTimer(300 * time.Millisecond)
	defer late.Stop()
	select {
	case err := <-done:
		stop()
		return err
	case <-late.C:
		stop()
		return <-done
	}
}

func textForgotten(b *bench) {
	s := b.ready(0)
	b.box.Fault(0, gwsim.Forgets, true)
	if err := s.sendLost("forgotten"); !modem.Uncertain(err) {
		b.Errorf("a box that started anew in the middle: %v", err)
	}
	b.box.Fault(0, gwsim.Forgets, false)
	_, err := s.SendText(b.ctx(), client, "next")
	b.check(err)
	if all := b.got(2); len(all) != 2 {
		b.Errorf("there came %+v", all)
	}
}

// textLied: what the box says of other texts is no answer to ours.
func textLied(b *bench) {
	s := b.ready(0)
	b.box.Fault(0, gwsim.Lies, true)
	b.net.RefuseTexts(1, 28)
	if _, err := s.SendText(b.ctx(), client, "refused"); err == nil {
		b.Error("a lie was believed")
	}
	reference, err := s.SendText(b.ctx(), client, "taken")
	b.check(err)
	if reference >= 98 {
		b.Errorf("the reference of another text, %d, was believed", reference)
	}
	if all := b.got(1); len(all) != 1 || all[0].Body != "taken" {
		b.Errorf("there came %+v", all)
	}
}

func textsBad(b *bench) {
	s := b.ready(0)
	for _, row := range []struct{ to, words string }{
		{"", "x"}, {"+7916 1234567", "x"}, {"+79161234567\nSEND", "x"}, {client, ""}, {client, strings.Repeat("x", 20_000)},
	} {
		if _, err := s.SendText(b.ctx(), row.to, row.words); cause.KindOf(err) != cause.Invalid {
			b.Errorf("a text to %q: %v", row.to, err)
		}
	}
}

// texted waits for a text that a line was told.
func texted(s *served, words string) modem.TextCame {
	s.Helper()
	return await(s, "a text", func(t modem.TextCame) bool { return t.Text == words })
}

func textsCome(b *bench) {
	s := b.ready(0)
	tokens := map[string]bool{}
	for _, words := range append(letters, strings.TrimSpace(strings.Repeat("длинный текст ", 12))) {
		b.check(b.net.Text(client, b.cards[0].Number, words))
		if t := s.whole(words); t.From != client || t.Token == "" || tokens[t.Token] {
			b.Errorf("it came as %+v", t)
		} else {
			tokens[t.Token] = true
			b.check(s.Kept(b.ctx(), t.Token))
		}
	}
	b.check(b.net.Text("Bank", b.cards[0].Number, "from a name"))
	t := s.whole("from a name")
	b.check(s.Kept(b.ctx(), t.Token))
	if t.From != "Bank" {
		b.Errorf("a name came as %q", t.From)
	}
}

// whole waits for a text, in one event or in one for each part.
func (s *served) whole(words string) modem.TextCame {
	s.Helper()
	parts := map[int]string{}
	for {
		t := await(s, "a text", whatever[modem.TextCame])
		if t.Parts <= 1 {
			if t.Text != words {
				s.Errorf("%q came as %q", words, t.Text)
			}
			return t
		}
		parts[t.Part] = t.Text
		if len(parts) < t.Parts {
			s.check(s.Kept(s.ctx(), t.Token))
			continue
		}
		all := ""
		for i := range t.Parts {
			all += parts[i+1]
		}
		if all != words {
			s.Errorf("%q came as %q", words, all)
		}
		return t
	}
}

func textsComeOnce(b *bench) {
	s := b.ready(0)
	b.box.Fault(0, gwsim.Repeats, true)
	for _, words := range []string{"one", "two", "three"} {
		b.check(b.net.Text(client, b.cards[0].Number, words))
		t := texted(s, words)
		b.check(s.Kept(b.ctx(), t.Token))
	}
	if n := count(s, whatever[modem.TextCame]); n != 3 {
		b.Errorf("three texts came as %d", n)
	}
}

func textsComeEarly(b *bench) {
	b.ready(1)
	b.check(b.net.Text(client, b.cards[0].Number, "early"))
	b.until("the network has delivered it", func() bool { return b.net.Undelivered() == 0 })
	s := b.ready(0)
	t := texted(s, "early")
	b.check(s.Kept(b.ctx(), t.Token))
}

// textsToldAgain: whoever serves the line dies before the text is on disk, and another takes the line.
func textsToldAgain(b *bench) {
	s := b.ready(0)
	b.check(b.net.Text(client, b.cards[0].Number, "not kept"))
	t := texted(s, "not kept")
	b.check(s.Close())
	again := b.ready(0)
	u := texted(again, "not kept")
	if u.Token != t.Token {
		b.Errorf("told again it is %q, and was %q", u.Token, t.Token)
	}
	b.check(again.Kept(b.ctx(), u.Token))
	b.check(again.Close())
	b.check(b.net.Text(client, b.cards[0].Number, "next"))
	third := b.ready(0)
	n := texted(third, "next")
	b.check(third.Kept(b.ctx(), n.Token))
	if c := count(third, func(t modem.TextCame) bool { return t.Text == "not kept" }); c != 0 {
		b.Error("a text that is kept was told again")
	}
}

func reportsCome(b *bench) {
	s := b.ready(0)
	reference, err := s.SendText(b.ctx(), client, "reported")
	b.check(err)
	r := await(s, "a report", whatever[modem.TextReported])
	if r.To != client || r.Reference != reference || r.Status != 0 {
		b.Errorf("reported is %+v, sent was %d", r, reference)
	}
	if r.Token != "" {
		b.check(s.Kept(b.ctx(), r.Token))
	}
	b.net.Subscriber(client, gsmsim.Behaviour{Does: gsmsim.SwitchedOff})
	_, err = s.SendText(b.ctx(), client, "not delivered")
	b.check(err)
	if r := await(s, "a report", func(r modem.TextReported) bool { return r.Token != "" || r.Status != 0 }); r.Status == 0 {
		b.Errorf("a phone that is switched off is reported by %+v", r)
	}
}

func questions(b *bench) {
	s := b.ready(0)
	u, err := s.Ask(b.ctx(), "*100#")
	b.check(err)
	if !strings.Contains(u.Text, "Balance 500.00 RUB") {
		b.Errorf("the network said %+v", u)
	}
	b.check(s.Cancel(b.ctx()))
	b.check(s.Cancel(b.ctx()))
	if !b.world.Menus {
		return
	}
	u, err = s.Ask(b.ctx(), "*105#")
	b.check(err)
	if !u.Open || !strings.HasPrefix(u.Text, "Roadnet\n1 Balance") {
		b.Errorf("the menu is %+v", u)
	}
	u, err = s.Ask(b.ctx(), "1")
	b.check(err)
	if !strings.Contains(u.Text, "Balance") {
		b.Errorf("the choice is answered by %+v", u)
	}
	b.box.Fault(0, gwsim.Silent, true)
	if _, err := s.Ask(b.brief(), "*100#"); err == nil {
		b.Error("a box that says nothing has answered")
	}
}
