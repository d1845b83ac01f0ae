package sipcore

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/sipcore/digest"
	"roadline/sipcore/guard"
)

// registers runs a registration of a phone until the returned function is called, which waits for its end.
func registers(t *testing.T, phone *station, o RegistrationOptions) (told chan error, stop func()) {
	t.Helper()
	told = make(chan error, 16)
	o.Told = func(err error) { told <- err }
	r, err := phone.NewRegistration(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stopped := false
	stop = func() {
		t.Helper()
		cancel()
		if stopped {
			return
		}
		stopped = true
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return told, stop
}

// answerTo waits for how a registration came out.
func answerTo(t *testing.T, told chan error) error {
	t.Helper()
	select {
	case err := <-told:
		return err
	case <-time.After(within):
		t.Fatal("the registration says nothing")
		return nil
	}
}

func TestAnAgentRegistersItselfAndTakesItBackAtItsEnd(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			server := run(t, Options{Accounts: twoCompanies()}, nil)
			phone := run(t, Options{}, nil)
			registrar, contact := server.udp.String(), phone.udp
			if transport == "tcp" {
				registrar, contact = server.tcp.String()+";transport=tcp", phone.tcp
			}
			told, stop := registers(t, phone, RegistrationOptions{
				Registrar: registrar, Login: digest.Login{Name: "ivanov-desk", Password: "secret"}, Contact: "desk", For: 5 * time.Minute,
			})
			if err := answerTo(t, told); err != nil {
				t.Fatal(err)
			}
			all := server.Bindings("ivanov-desk")
			if len(all) != 1 || !strings.HasPrefix(all[0].Contact, "sip:desk@"+contact.String()) {
				t.Fatalf("bindings %+v", all)
			}
			if left := time.Until(all[0].Expires); left > 5*time.Minute || left < 4*time.Minute {
				t.Errorf("kept for %v", left)
			}
			stop()
			if all := server.Bindings("ivanov-desk"); len(all) != 0 {
				t.Errorf("still bound: %+v", all)
			}
		})
	}
}

func TestAWrongPasswordIsToldAndTriedAgainAsSoonAsAsked(t *testing.T) {
	people := twoCompanies()
	server := run(t, Options{Accounts: people, Guard: guard.Limits{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}, nil)
	phone := run(t, Options{}, nil)
	told, _ := registers(t, phone, RegistrationOptions{
		Registrar: server.udp.String(), Login: digest.Login{Name: "petrov-soft", Password: "secret"}, Retry: time.Millisecond,
	})
	if err := answerTo(t, told); !errors.Is(err, cause.Denied) {
		t.Fatalf("an unknown account: %v", err)
	}
	people.mu.Lock() // the account is made
	people.accounts["petrov-soft"] = digest.Account{ID: "petrov-soft", Company: "acme", Realm: "acme.example", HA1: ha1Of("petrov-soft", "acme.example", "secret")}
	people.mu.Unlock()
	for answerTo(t, told) != nil {
	}
	if len(server.Bindings(fmc.AccountID("petrov-soft"))) != 1 {
		t.Error("not bound")
	}
}

func TestARegistrationIsRenewedBeforeItRunsOut(t *testing.T) {
	agent := &Agent{}
	r, err := agent.NewRegistration(RegistrationOptions{Registrar: "192.0.2.1", Login: digest.Login{Name: "desk"}})
	if err != nil {
		t.Fatal(err)
	}
	req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: "192.0.2.1"})
	req.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "desk", Host: "192.0.2.9", Port: 5060}})
	for _, row := range []struct {
		contact, header string
		want            time.Duration
	}{
		{"<sip:desk@192.0.2.9:5060>;expires=60", "", time.Minute},
		{"<sip:desk@192.0.2.9:5060>;expires=60", "1800", time.Minute},
		{"<sip:other@192.0.2.9:5060>;expires=60", "120", 2 * time.Minute},
		{"<sip:desk@192.0.2.9:5060>;expires=90000", "", time.Hour}, // never longer than was asked for
		{"<sip:desk@192.0.2.9:5060>;expires=0", "", time.Hour},
		{"<sip:desk@192.0.2.9:5060>;expires=soon", "", time.Hour},
		{"", "", time.Hour},
	} {
		text := "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\nFrom: <sip:desk@192.0.2.1>;tag=a\r\nTo: <sip:desk@192.0.2.1>;tag=b\r\n" +
			"Call-ID: x\r\nCSeq: 1 REGISTER\r\n"
		if row.contact != "" {
			text += "Contact: " + row.contact + "\r\n"
		}
		if row.header != "" {
			text += "Expires: " + row.header + "\r\n"
		}
		msg, err := sip.NewParser().ParseSIP([]byte(text + "Content-Length: 0\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.granted(req, msg.(*sip.Response), time.Hour); err != nil || got != row.want {
			t.Errorf("%+v: %v, %v", row, got, err)
		}
	}
}

func TestARegistrationWithoutAPlaceOrANameIsRefused(t *testing.T) {
	for _, o := range []RegistrationOptions{{}, {Registrar: "192.0.2.1"}, {Login: digest.Login{Name: "desk"}}, {Registrar: "user@192.0.2.1", Login: digest.Login{Name: "desk"}}} {
		if _, err := (&Agent{}).NewRegistration(o); !errors.Is(err, cause.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
