package goip

import "testing"

// Whoever reaches the socket may say anything: nothing of it may end the server.
func FuzzDatagrams(f *testing.F) {
	for _, s := range []string{
		"req:10;id:goip1;pass:password1;num:;signal:23;gsm_status:LOGIN;CELLINFO:LAC:7E5,CELL ID:5E5B;",
		"RECEIVE:1;id:goip1;password:p;srcnum:+7;msg:a;b:c\nd", "OK 11 1 160\n", "ERROR 11 1 errorstatus:1\n", ":", ";", "RECEIVE:", "a:b;c", "\x00", "WAIT  1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, ok := readEvent(s); ok {
			if e.name == "" {
				t.Error("an event without a name")
			}
			_, _, _ = e.done(), e.refusal("x"), e.secret()
			return
		}
		word, number, rest := readAnswer(s)
		if _, _, ended := sent(word+" "+rest, 1); ended && word == "" {
			t.Errorf("nothing, %q, was taken for an answer to %q", s, number)
		}
	})
}

func TestAnEventIsReadByItsKeys(t *testing.T) {
	e, ok := readEvent("STATE:7568;id:goip1;password:password1;gsm_remain_state:DIALING:999999999")
	if !ok || e.name != "STATE" || e.number != "7568" || e.field("gsm_remain_state") != "DIALING:999999999" || e.secret() != "password1" {
		t.Errorf("it is read as %+v", e)
	}
	if _, ok := readEvent("USSD 111 code: *100#"); ok {
		t.Error("an answer with a colon is taken for an event")
	}
}
