package modemtest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
	"roadline/hardware/pdu"
)

// texts takes so many messages in as gsmgw does: told, read, kept, deleted.
func (b *bench) texts(n int) []pdu.Message {
	b.Helper()
	var all []pdu.Message
	b.until("the messages came", func() bool {
		list, err := b.modem.Stored(b.ctx())
		b.check(err)
		for _, s := range list {
			m, err := pdu.Read(s.PDU)
			b.check(err)
			again, ok, err := b.modem.Read(b.ctx(), s.Place)
			if err != nil || !ok || !bytes.Equal(again.PDU, s.PDU) {
				b.Fatalf("%v read alone: %v %v", s.Place, ok, err)
			}
			all = append(all, m)
			b.check(b.modem.Delete(b.ctx(), s.Place))
		}
		return len(all) >= n
	})
	return all
}

func textsCome(b *bench) {
	card := b.ready()
	for _, text := range []string{"hello {€}", "Привет 👋"} {
		b.check(b.net.Text(client, card.Number, text))
		place := await(b, "a message", any1[modem.Arrived]).Place
		if s, ok, err := b.modem.Read(b.ctx(), place); err != nil || !ok || s.Sent {
			b.Fatalf("%v: %+v %v %v", place, s, ok, err)
		}
		if m := b.texts(1); len(m) != 1 || m[0].Text != text || m[0].From != client {
			b.Errorf("%q came as %+v", text, m)
		}
		if _, ok, err := b.modem.Read(b.ctx(), place); ok || err != nil {
			b.Fatalf("%v after it was deleted: %v %v", place, ok, err)
		}
		b.check(b.modem.Delete(b.ctx(), place))
	}
	long := strings.Repeat("a long text ", 30)
	b.check(b.net.TextAs(client, card.Number, long, gsmsim.TextOptions{Backwards: true}))
	parts := b.texts(3)
	slices.SortFunc(parts, func(x, y pdu.Message) int { return x.Part - y.Part })
	whole := ""
	for _, p := range parts {
		whole += p.Text
	}
	if whole != long {
		b.Errorf("%d parts are %q", len(parts), whole)
	}
	b.kind(b.modem.Delete(b.ctx(), modem.Place{Storage: "SM", Index: -1}), cause.Invalid)
}

func (b *bench) send(text string) {
	b.Helper()
	parts, _, err := pdu.Compose(pdu.Text{To: client, Text: text, Report: true, Reference: 7})
	b.check(err)
	for _, p := range parts {
		if _, err := b.modem.Send(b.ctx(), p); err != nil {
			b.Fatal(err)
		}
	}
}

func textsGo(b *bench) {
	b.ready()
	b.net.Subscriber(client, gsmsim.Behaviour{})
	sent := []string{"hello {€}", "Привет 👋", strings.Repeat("long and longer ", 25)}
	for _, text := range sent {
		b.send(text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got, err := b.net.AwaitTexts(ctx, client, len(sent))
	b.check(err)
	for i, text := range sent {
		if got[i].Body != text {
			b.Errorf("%q came as %q", text, got[i].Body)
		}
	}
	b.reports(5)
	b.kind(second(b.modem.Send(b.ctx(), []byte{1, 2})), cause.Invalid)
}

// reports waits for so many, whether they are stored or given out at once.
func (b *bench) reports(n int) {
	b.Helper()
	have := 0
	b.until("the reports came", func() bool {
		list, err := b.modem.Stored(b.ctx())
		b.check(err)
		for _, s := range list {
			if m, err := pdu.Read(s.PDU); err == nil && m.Report != nil {
				have++
			}
			b.check(b.modem.Delete(b.ctx(), s.Place))
		}
		return have+count(b, func(d modem.Delivered) bool { return d.Report }) >= n
	})
}

func second[A any](_ A, err error) error { return err }

func textsRefused(b *bench) {
	b.ready()
	b.net.RefuseTexts(1, 38)
	parts, _, err := pdu.Compose(pdu.Text{To: client, Text: "hello"})
	b.check(err)
	_, err = b.modem.Send(b.ctx(), parts[0])
	b.kind(err, cause.Unavailable)
	if modem.Uncertain(err) || !modem.Temporary(err) {
		b.Errorf("%v: a message that was refused did not go", err)
	}
	b.send("hello")
}

func textUncertain(b *bench) {
	b.ready()
	b.device.Fault(gsmsim.LostOK)
	parts, _, err := pdu.Compose(pdu.Text{To: client, Text: "hello"})
	b.check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if _, err = b.modem.Send(ctx, parts[0]); !modem.Uncertain(err) {
		b.Fatalf("%v: the module had the message", err)
	}
	b.device.Mend()
	b.send("again")
	if r, err := b.modem.Radio(b.ctx()); err != nil || !r.Voice {
		b.Errorf("after it: %+v, %v", r, err)
	}
}

func storageFull(b *bench) {
	card := gsmsim.NewCard(5)
	card.Places = 3
	b.plug(card)
	b.start()
	for range 5 {
		b.check(b.net.Text(client, card.Number, "one of five"))
	}
	b.until("it is full", func() bool {
		used, total, err := b.modem.Room(b.ctx())
		b.check(err)
		return used == 3 && total == 3
	})
	if m := b.texts(5); len(m) != 5 {
		b.Errorf("%d of 5 came", len(m))
	}
}

func questions(b *bench) {
	b.ready()
	for _, row := range []struct{ ask, want string }{
		{"*100#", "Balance 500.00 RUB"}, {"*102#", "Баланс: 500.00 руб."},
	} {
		u, err := b.modem.Ask(b.ctx(), row.ask)
		if err != nil || u.Open || u.Text != row.want {
			b.Errorf("%s: %+v, %v", row.ask, u, err)
		}
	}
	u, err := b.modem.Ask(b.ctx(), "*105#")
	if err != nil || !u.Open || !strings.Contains(u.Text, "\n2 Package") {
		b.Fatalf("menu: %+v, %v", u, err)
	}
	if u, err = b.modem.Ask(b.ctx(), "2"); err != nil || u.Open || !strings.Contains(u.Text, "300 min") {
		b.Errorf("choice: %+v, %v", u, err)
	}
	if u, err = b.modem.Ask(b.ctx(), "*105#"); err != nil || !u.Open {
		b.Errorf("menu again: %+v, %v", u, err)
	}
	b.check(b.modem.Cancel(b.ctx()))
	b.kind(second(b.modem.Ask(b.ctx(), "\"\r")), cause.Invalid)
}
