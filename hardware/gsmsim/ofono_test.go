package gsmsim_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadline/hardware/gsmsim"
)

// An ofono is a running ofonod with one modem, on a bus of its own.
type ofono struct {
	t    *testing.T
	env  []string
	told *log // the signals on texts that come
}

func startOfono(t *testing.T, d *gsmsim.Device) *ofono {
	t.Helper()
	dir := t.TempDir()
	at := served(t, d)
	config := write(t, filepath.Join(dir, "phonesim.conf"), fmt.Sprintf("[phonesim]\nDriver=phonesim\nAddress=127.0.0.1\nPort=%d\n", at.Port))
	socket := filepath.Join(dir, "bus")
	start(t, nil, "dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+socket)
	until(t, "the bus is there", func() bool { _, err := os.Stat(socket); return err == nil })
	o := &ofono{t: t, env: []string{
		"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + socket, "OFONO_PHONESIM_CONFIG=" + config, "OFONO_AT_DEBUG=1",
	}}
	o.told = start(t, o.env, "dbus-monitor", "--system", "type='signal',interface='org.ofono.MessageManager'")
	start(t, o.env, "ofonod", "-n")
	o.until("ofono has its modem", "/", "Manager.GetModems", "/phonesim")
	return o
}

// ask calls a method: "VoiceCallManager.GetCalls".
func (o *ofono) ask(object, method string, args ...string) (string, error) {
	o.t.Helper()
	return run(o.t, o.env, "dbus-send", append([]string{
		"--system", "--print-reply", "--reply-timeout=15000", "--dest=org.ofono", object, "org.ofono." + method,
	}, args...)...)
}

func (o *ofono) must(object, method string, args ...string) string {
	o.t.Helper()
	out, err := o.ask(object, method, args...)
	if err != nil {
		o.t.Fatalf("%s: %v\n%s", method, err, out)
	}
	return out
}

// until asks again until the answer has the text.
func (o *ofono) until(what, object, method, text string) {
	o.t.Helper()
	until(o.t, what, func() bool {
		out, err := o.ask(object, method)
		return err == nil && strings.Contains(out, text)
	})
}

// forget takes away what ofono keeps of a card: texts that it still means to send, for one.
func forget(t *testing.T, c *gsmsim.Card) {
	t.Helper()
	t.Cleanup(func() {
		kept, err := filepath.Glob("/var/lib/ofono/" + c.IMSI + "*")
		if err != nil {
			t.Error(err)
		}
		for _, dir := range kept {
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestOfonoUsesTheModemAsAPhone(t *testing.T) {
	n := world(t, lively)
	n.Subscriber("+79161234567", gsmsim.Behaviour{After: time.Second})
	card := gsmsim.NewCard(os.Getpid())
	forget(t, card)
	d, err := n.Plug(gsmsim.Generic, card)
	if err != nil {
		t.Fatal(err)
	}
	o := startOfono(t, d)
	o.must("/phonesim", "Modem.SetProperty", "string:Powered", "variant:boolean:true")
	o.must("/phonesim", "Modem.SetProperty", "string:Online", "variant:boolean:true")
	o.until("ofono is registered", "/phonesim", "NetworkRegistration.GetProperties", `"registered"`)
	o.until("ofono knows the network", "/phonesim", "NetworkRegistration.GetProperties", `"Roadnet"`)
	if out := o.must("/phonesim", "SimManager.GetProperties"); !strings.Contains(out, card.IMSI) || !strings.Contains(out, card.ICCID) {
		t.Errorf("ofono read another card:\n%s", out)
	}

	t.Run("it dials, talks and hangs up", func(t *testing.T) {
		o.must("/phonesim", "VoiceCallManager.Dial", "string:+79161234567", "string:default")
		o.until("the call is active", "/phonesim", "VoiceCallManager.GetCalls", `"active"`)
		o.must("/phonesim", "VoiceCallManager.HangupAll")
		until(t, "the call is over", func() bool {
			out, err := o.ask("/phonesim", "VoiceCallManager.GetCalls")
			return err == nil && !strings.Contains(out, "voicecall")
		})
	})
	t.Run("it is called and answers", func(t *testing.T) {
		h, err := n.Call("+79031112233", card.Number, gsmsim.CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		o.until("the call is shown with its number", "/phonesim", "VoiceCallManager.GetCalls", "79031112233")
		out := o.must("/phonesim", "VoiceCallManager.GetCalls")
		_, path, _ := strings.Cut(out, `object path "`)
		path, _, _ = strings.Cut(path, `"`)
		o.must(path, "VoiceCall.Answer")
		arrives(t, "the caller is answered", h.Answered())
		h.HangUp()
		until(t, "the call is over", func() bool {
			out, err := o.ask("/phonesim", "VoiceCallManager.GetCalls")
			return err == nil && !strings.Contains(out, "voicecall")
		})
	})
	t.Run("it sends a text", func(t *testing.T) {
		text := "Привет, " + strings.Repeat("длинный текст в нескольких частях. ", 4)
		o.until("ofono can send texts", "/phonesim", "MessageManager.GetProperties", "ServiceCenterAddress")
		o.must("/phonesim", "MessageManager.SendMessage", "string:+79161234567", "string:"+text)
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		got, err := n.AwaitTexts(ctx, "+79161234567", 1)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Body != text || got[0].From != card.Number || got[0].Parts < 2 {
			t.Errorf("there came %+v", got[0])
		}
	})
	t.Run("it gets a text in parts", func(t *testing.T) {
		text := "Hello from the network: " + strings.Repeat("0123456789 ", 20)
		if err := n.TextAs("Roadnet", card.Number, text, gsmsim.TextOptions{Backwards: true}); err != nil {
			t.Fatal(err)
		}
		until(t, "ofono has put the parts together", func() bool { return strings.Contains(o.told.String(), text) })
		if !strings.Contains(o.told.String(), `string "Roadnet"`) {
			t.Errorf("the sender's name is lost:\n%s", o.told)
		}
	})
	t.Run("it asks for the balance", func(t *testing.T) {
		out := o.must("/phonesim", "SupplementaryServices.Initiate", "string:*100#")
		left := n.Left(card)
		if want := "Balance " + strconv.Itoa(left.Kopecks/100); !strings.Contains(out, want) {
			t.Errorf("the network answered %s, it should be %s", out, want)
		}
	})
}
