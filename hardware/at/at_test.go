package at_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

func TestAnUnaskedLineIsNoPartOfAnAnswer(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CSQ", time.Second)
		p.hears("AT+CSQ\r")
		p.say("\r\n+CLIP: \"+49151\",145\r\n\r\n+CSQ: 20,99\r\n\r\n^RSSI:20\r\n\r\nOK\r\n")
		(<-c).is(t, "+CSQ: 20,99")
		if s := said(t, e, 2); s[0].Line != `+CLIP: "+49151",145` || s[1].Line != "^RSSI:20" {
			t.Errorf("said %q", s)
		}
	})
}

func TestABurstKeepsItsOrder(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		const n = 400
		var burst strings.Builder
		for i := range n {
			fmt.Fprintf(&burst, "\r\n^CEND:%d,0,104,16\r\n", i)
			if i == n/2 {
				burst.WriteString("\r\n+CSQ: 7,99\r\n")
			}
		}
		c := give(e, "+CSQ", time.Second)
		p.hears("AT+CSQ\r")
		p.say(burst.String() + "\r\nOK\r\n")
		(<-c).is(t, "+CSQ: 7,99")
		for i, s := range said(t, e, n) {
			if want := fmt.Sprintf("^CEND:%d,0,104,16", i); s.Line != want {
				t.Fatalf("line %d is %q", i, s.Line)
			}
		}
	})
}

func TestTheEndOfACommandKeepsItsPlaceAmongTheLines(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		go func() { _, _ = e.InOrder(context.Background(), "+CLCC", time.Second) }()
		p.hears("AT+CLCC\r")
		p.say("\r\nRING\r\n\r\n+CLCC: 1,1,4,0,0\r\n\r\nOK\r\n\r\nNO CARRIER\r\n")
		s := said(t, e, 3)
		if s[0].Line != "RING" || s[1].Command != "+CLCC" || s[1].Final != "OK" || len(s[1].More) != 1 || s[2].Line != "NO CARRIER" {
			t.Errorf("said %+v", s)
		}
	})
}

func TestALateAnswerDoesNotEndTheNextCommand(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		slow := give(e, "+SLOW", time.Second)
		p.hears("AT+SLOW\r")
		if a := <-slow; cause.KindOf(a.err) != cause.Unavailable || !errors.Is(a.err, context.DeadlineExceeded) {
			t.Fatalf("slow: %v", a.err)
		}
		next := give(e, "+NEXT", time.Second)
		if got := <-p.heard; got != "AT+CMEE?\r" {
			t.Fatalf("heard %q first", got)
		}
		p.say("\r\n+SLOW: late\r\n\r\nOK\r\n")
		p.say("\r\n+CMEE: 1\r\n\r\nOK\r\n")
		p.hears("AT+NEXT\r")
		p.say("\r\n+NEXT: right\r\n\r\nOK\r\n")
		(<-next).is(t, "+NEXT: right")
	})
}

func TestACommandThatIsGivenUpIsQuarantinedToo(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		ctx, cancel := context.WithCancel(t.Context())
		c := make(chan error, 1)
		go func() { _, err := e.Command(ctx, "D+49151;", time.Minute); c <- err }()
		p.hears("ATD+49151;\r")
		cancel()
		if err := <-c; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		next := give(e, "+CHUP", time.Second)
		<-p.heard // the module takes it for the end of the dialling, and says so
		p.say("\r\nNO CARRIER\r\n")
		p.hears("AT+CHUP\r") // after a second look for rest
		p.say("\r\nOK\r\n")
		(<-next).is(t)
	})
}

func TestAModuleThatDoesNotKnowTheMarkComesToRestAsWell(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CSQ", time.Second)
		<-p.heard
		<-p.heard
		p.say("\r\nERROR\r\n")
		p.hears("AT+CSQ\r")
		p.say("\r\n+CSQ: 1,99\r\n\r\nOK\r\n")
		(<-c).is(t, "+CSQ: 1,99")
	})
}

func TestCallResultsEndDiallingAndAnswering(t *testing.T) {
	for _, command := range []string{"A", "D112;"} {
		for _, result := range []string{"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"} {
			with(t, func(t *testing.T, e *at.Engine, p *peer) {
				c := give(e, command, time.Minute)
				p.hears("AT" + command + "\r")
				p.say("\r\n" + result + "\r\n")
				var r *at.Refused
				if a := <-c; !errors.As(a.err, &r) || r.Final != result {
					t.Errorf("%s: %v", command, a.err)
				}
			})
		}
	}
}

func TestACallResultDuringAnotherCommandIsUnasked(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CHUP", time.Second)
		p.hears("AT+CHUP\r")
		p.say("\r\nNO CARRIER\r\n\r\nOK\r\n")
		(<-c).is(t)
		if s := said(t, e, 1); s[0].Line != "NO CARRIER" {
			t.Errorf("said %q", s)
		}
	})
}

func TestWhatTheLibraryDoesNotKnowEndsACommand(t *testing.T) {
	for final, kind := range map[string]cause.Kind{
		"COMMAND NOT SUPPORT": cause.Unsupported, "ERROR": cause.Unsupported, "+CME ERROR: 10": cause.Unavailable,
		"+CME ERROR: SIM PIN required": cause.Denied, "+CMS ERROR: 322": cause.NoRoom, "+CME ERROR: 16": cause.Denied, "+CMS ERROR: 28": cause.Invalid,
	} {
		with(t, func(t *testing.T, e *at.Engine, p *peer) {
			c := give(e, "^CVOICE?", time.Second)
			p.hears("AT^CVOICE?\r")
			p.say("\r\n" + final + "\r\n")
			if a := <-c; !errors.Is(a.err, kind) || !strings.HasSuffix(a.err.Error(), final) {
				t.Errorf("%s: %v is not %v", final, a.err, kind)
			}
		})
	}
}

func TestAnAnswerGluedToItsErrorIsKept(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CNUM", time.Second)
		p.hears("AT+CNUM\r")
		p.say("\r\nERROR+CNUM: \"\",\"+79139131234\",145\r\n")
		if a := <-c; len(a.lines) != 1 || a.lines[0] != `+CNUM: "","+79139131234",145` || !errors.Is(a.err, cause.Unsupported) {
			t.Errorf("%q, %v", a.lines, a.err)
		}
	})
}

func TestALineThatBeginsLikeAPromptIsNone(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CEER", time.Second)
		p.hears("AT+CEER\r")
		p.say("\r\n> strange\r\n\r\nOK\r\n")
		(<-c).is(t, "> strange")
	})
}

func TestEchoIsAccepted(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CSQ", time.Second)
		p.hears("AT+CSQ\r")
		p.say("AT+CSQ\r\r\n+CSQ: 3,99\r\n\r\nOK\r\n")
		(<-c).is(t, "+CSQ: 3,99")
	})
}

func TestAMessageGoesOutAfterThePrompt(t *testing.T) {
	for name, prompt := range map[string]string{
		"plain": "\r\n> ", "with echo": "AT+CMGS=16\r\r\n> ", "after an unasked line": "\r\nRING\r\n\r\n> ", "without blank": "\r\n>",
	} {
		t.Run(name, func(t *testing.T) {
			with(t, func(t *testing.T, e *at.Engine, p *peer) {
				type sent struct {
					answer
					handed bool
				}
				c := make(chan sent, 1)
				const pdu = "00110006919451110000A705E8329BFD06"
				go func() {
					lines, handed, err := e.Message(context.Background(), "+CMGS=16", pdu, time.Minute)
					c <- sent{answer{lines, err}, handed}
				}()
				p.hears("AT+CMGS=16\r")
				p.say(prompt)
				p.hears(pdu + "\x1a")
				p.say(pdu + "\x1a\r\n+CMGS: 7\r\n\r\nOK\r\n")
				s := <-c
				s.is(t, "+CMGS: 7")
				if !s.handed {
					t.Error("the module had the text")
				}
			})
		})
	}
}

func TestALostPromptIsEscaped(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := make(chan bool, 1)
		go func() {
			_, handed, err := e.Message(context.Background(), "+CMGS=16", "00", 5*time.Second)
			c <- handed || err == nil
		}()
		p.hears("AT+CMGS=16\r")
		if <-c {
			t.Fatal("sent without a prompt")
		}
		next := give(e, "+CSQ", time.Second)
		if got := <-p.heard; got != "\x1b\r" {
			t.Fatalf("heard %q, want the escape", got)
		}
		p.hears("AT+CSQ\r")
		p.say("\r\n+CSQ: 3,99\r\n\r\nOK\r\n")
		(<-next).is(t, "+CSQ: 3,99")
	})
}

func TestAnUnaskedLineBringsItsPDU(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CSQ", time.Second)
		p.hears("AT+CSQ\r")
		p.say("\r\n+CMT: ,24\r\n07919471170600F0\r\n\r\n+CSQ: 3,99\r\n\r\n+CDS: 25\r\n\r\nOK\r\n")
		(<-c).is(t, "+CSQ: 3,99")
		s := said(t, e, 2)
		if s[0].Line != "+CMT: ,24" || len(s[0].More) != 1 || s[0].More[0] != "07919471170600F0" || len(s[1].More) != 0 {
			t.Errorf("said %+v: a PDU that does not come must not swallow an answer", s)
		}
	})
}

func TestATextOverSeveralLinesIsOne(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		synctest.Wait()
		p.say("\r\n+CUSD: 1,\"1 Balance\r\n2 Packages\",15\r\n\r\nRING\r\n")
		s := said(t, e, 2)
		if s[0].Line != "+CUSD: 1,\"1 Balance\n2 Packages\",15" || s[1].Line != "RING" {
			t.Errorf("said %q", s)
		}
	})
}

func TestAnOpenQuoteDoesNotSwallowTheEndOfACommand(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CSQ", time.Second)
		p.hears("AT+CSQ\r")
		p.say("\r\n+CUSD: 0,\"cut off\r\n\r\nOK\r\n")
		(<-c).is(t)
	})
}

func TestRegistrationIsAnswerOrUnaskedByItsFields(t *testing.T) {
	for line, unasked := range map[string]bool{
		`+CREG: 2,1,"9110","7E6",7`: false, `+CREG: 2,1,9110,7E6`: false, `+CREG: 0,1`: false,
		`+CREG: 1,"9110","7E6",7`: true, `+CREG: 1`: true, `+CREG: 1,9110,7E6,7`: true,
	} {
		with(t, func(t *testing.T, e *at.Engine, p *peer) {
			c := give(e, "+CREG?", time.Second)
			p.hears("AT+CREG?\r")
			p.say("\r\n" + line + "\r\n\r\nOK\r\n")
			if a := <-c; (len(a.lines) == 0) != unasked {
				t.Errorf("%s: answer %q", line, a.lines)
			}
		})
	}
}

func TestASilentModuleIsAskedThreeTimesAndThenDead(t *testing.T) {
	withPing(t, 10*time.Second, func(t *testing.T, e *at.Engine, p *peer, ended <-chan error) {
		if err := <-ended; cause.KindOf(err) != cause.Unavailable || !strings.Contains(err.Error(), "3 in a row") {
			t.Errorf("ended with %v", err)
		}
		if p.opens != 3 {
			t.Errorf("the port was opened %d times", p.opens)
		}
		if _, err := e.Command(t.Context(), "", time.Second); cause.KindOf(err) != cause.Unavailable {
			t.Errorf("a command after the end: %v", err)
		}
	})
}

func TestOneSlowCommandIsNoDisconnect(t *testing.T) {
	withPing(t, 10*time.Second, func(t *testing.T, e *at.Engine, p *peer, ended <-chan error) {
		for range 5 {
			c := give(e, "+COPS=?", time.Second)
			p.hears("AT+COPS=?\r")
			if a := <-c; a.err == nil {
				t.Fatal("no error")
			}
		}
		c := give(e, "+CSQ", time.Second)
		p.hears("AT+CSQ\r")
		p.say("\r\nOK\r\n")
		(<-c).is(t)
		if p.opens != 1 {
			t.Errorf("the port was opened %d times", p.opens)
		}
		select {
		case err := <-ended:
			t.Errorf("ended: %v", err)
		default:
		}
	})
}

func TestAPortThatIsPulledEndsTheEngine(t *testing.T) {
	withPing(t, time.Hour, func(t *testing.T, e *at.Engine, p *peer, ended <-chan error) {
		c := give(e, "+CSQ", time.Minute)
		p.hears("AT+CSQ\r")
		p.mu.Lock()
		_ = p.conn.Close()
		p.mu.Unlock()
		if a := <-c; cause.KindOf(a.err) != cause.Unavailable {
			t.Errorf("command: %v", a.err)
		}
		if err := <-ended; cause.KindOf(err) != cause.Unavailable || !errors.Is(err, io.EOF) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestAPortThatCannotBeOpenedIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{t: t, deny: io.ErrNoProgress}
		e := at.New(at.Options{Open: p.open, Forms: at.Standard()})
		if err := e.Run(t.Context()); !errors.Is(err, io.ErrNoProgress) || cause.KindOf(err) != cause.Unavailable {
			t.Error(err)
		}
	})
}

func TestLinesThatNobodyReadsEndTheEngine(t *testing.T) {
	withPing(t, time.Hour, func(t *testing.T, _ *at.Engine, p *peer, ended <-chan error) {
		synctest.Wait()
		go p.say(strings.Repeat("\r\nRING\r\n", 2000))
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "nobody reads") {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestACommandIsOneLine(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, _ *peer) {
		if _, err := e.Command(t.Context(), "+CSQ\rATD112;", time.Second); cause.KindOf(err) != cause.Invalid {
			t.Error(err)
		}
	})
}

func TestNoiseIsNoAnswer(t *testing.T) {
	with(t, func(t *testing.T, e *at.Engine, p *peer) {
		c := give(e, "+CIMI", time.Second)
		p.hears("AT+CIMI\r")
		p.say("\xff\x00\x7f~\xa5\r\n262011234567890\r\n\xff\xff\r\nOK\r\n")
		(<-c).is(t, "262011234567890")
		p.say("\xff\xfe\r\nRING\r\n")
		if s := said(t, e, 1); s[0].Line != "RING" {
			t.Errorf("said %q", s)
		}
	})
}
