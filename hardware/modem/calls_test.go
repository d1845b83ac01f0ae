package modem_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/generic"
	"roadline/hardware/huawei"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
	"roadline/hardware/quectel"
	"roadline/hardware/simcom"
)

const number = "+4915112345678"

func ended(c modem.Call, why cause.Cause) modem.CallIs {
	c.State = modem.CallEnded
	return modem.CallIs{Call: c, Cause: why}
}

func TestACallRingsOnceWithTheNumberThatComes(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		for range 4 {
			p.Say("RING", `+CLIP: "4915112345678",145`)
		}
		comes(t, p, modem.Ringing{Number: number})
		nothing(t, p, 5*time.Second)
	})
}

func TestACallWithoutANumberRingsAfterTwoSeconds(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		begun := time.Now()
		p.Say("RING")
		comes(t, p, modem.Ringing{})
		if d := time.Since(begun); d != modem.RingWait {
			t.Errorf("it rang after %v", d)
		}
		p.Say("RING", `+CLIP: "+4915112345678",145`)
		nothing(t, p, time.Second) // too late: it was told already
	})
}

func TestALateNumberIsWaitedFor(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Say("RING")
		nothing(t, p, modem.RingWait-time.Millisecond)
		p.Say(`+CLIP: "+4915112345678",145`)
		comes(t, p, modem.Ringing{Number: number})
	})
}

func TestTheListTellsTheNumberToo(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CLCC", `+CLCC: 1,1,4,0,0,"+4915112345678",145`, "OK")
		p.Say("RING")
		comes(t, p, modem.Ringing{Number: number})
	})
}

func TestAWithheldNumberIsHidden(t *testing.T) {
	for _, line := range []string{`+CLIP: "",128`, `+CLIP: "",0,"",0,"",1`} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Say("RING", line)
			comes(t, p, modem.Ringing{Hidden: true})
		})
	}
}

func TestRingingThatStopsEnds(t *testing.T) {
	for name, list := range map[string][]string{"by the list": {"OK"}, "where there is no list": {"ERROR"}} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, p *modemtest.Player) {
				p.Again("+CLCC", list...)
				p.Say("RING", `+CLIP: "+4915112345678",145`)
				comes(t, p, modem.Ringing{Number: number})
				comes(t, p, ended(modem.Call{Incoming: true, Number: number}, cause.Cause{}))
			})
		})
	}
}

func TestACallThatEndsBeforeItsNumberCameRangAllTheSame(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Say("RING", "NO CARRIER")
		comes(t, p, modem.Ringing{})
		comes(t, p, ended(modem.Call{Incoming: true}, cause.Cause{}))
	})
}

func TestResultsSayWhy(t *testing.T) {
	for line, why := range map[string]cause.Cause{
		"BUSY": cause.Of(cause.Busy), "NO ANSWER": cause.Of(cause.NoAnswer), "NO CARRIER": {},
		"NO DIALTONE":  cause.Because(cause.LineFault, "The modem had no network to dial in."),
		"NO DIAL TONE": cause.Because(cause.LineFault, "The modem had no network to dial in."),
	} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Again("D"+number+";", "OK", line)
			if err := p.Modem.Dial(t.Context(), number); err != nil {
				t.Fatal(err)
			}
			comes(t, p, modem.CallIs{Call: modem.Call{State: modem.CallDialing, Number: number}})
			comes(t, p, ended(modem.Call{Number: number}, why))
		})
		plain(t, func(t *testing.T, p *modemtest.Player) { // some say it instead of OK
			p.Again("D"+number+";", line)
			if err := p.Modem.Dial(t.Context(), number); err != nil {
				t.Fatal(err)
			}
			comes(t, p, modem.CallIs{Call: modem.Call{State: modem.CallDialing, Number: number}})
			comes(t, p, ended(modem.Call{Number: number}, why))
		})
	}
}

func TestAMissingNoCarrierIsNoticed(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CLCC", "OK")
		p.Answer("+CLCC", `+CLCC: 1,0,3,0,0,"+4915112345678",145`, "OK")
		p.Answer("+CLCC", `+CLCC: 1,0,0,0,0,"+4915112345678",145`, "OK")
		p.Answer("+CLCC", "OK")
		if err := p.Modem.Dial(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		c := modem.Call{Index: 1, Number: number}
		for _, state := range []modem.CallState{modem.CallDialing, modem.CallAlerting, modem.CallActive} {
			got, _ := event(p, time.Minute).(modem.CallIs)
			if got.State != state {
				t.Errorf("state %s, want %s", got.State, state)
			}
		}
		begun := time.Now()
		comes(t, p, ended(c, cause.Cause{}))
		if d := time.Since(begun); d < 2*time.Second || d > 4*time.Second {
			t.Errorf("noticed after %v", d)
		}
	})
}

func TestACallThatIsNotListedYetIsNotOver(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CLCC", "OK")
		if err := p.Modem.Dial(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		comes(t, p, modem.CallIs{Call: modem.Call{State: modem.CallDialing, Number: number}})
		nothing(t, p, 4*time.Second)
		comes(t, p, ended(modem.Call{Number: number}, cause.Cause{}))
	})
}

func TestADataCallIsNoCall(t *testing.T) {
	with(t, quectel.Family(), nil, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CLCC", `+CLCC: 1,0,0,1,0,"",129`, "OK")
		if calls, err := p.Modem.Calls(t.Context()); err != nil || len(calls) != 0 {
			t.Errorf("%+v, %v", calls, err)
		}
		nothing(t, p, 5*time.Second)
	})
}

func TestAModemThatHasACallDoesNotDial(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CLCC", `+CLCC: 1,1,4,0,0`, "OK")
		if err := p.Modem.Dial(t.Context(), number); !errors.Is(err, cause.NoRoom) {
			t.Error(err)
		}
	})
}

func TestHangingUpEndsADialThatWaits(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("D" + number + ";") // no answer
		dialled := make(chan error, 1)
		go func() { dialled <- p.Modem.Dial(t.Context(), number) }()
		synctest.Wait()
		if err := p.Modem.HangUp(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-dialled; !errors.Is(err, cause.Unavailable) {
			t.Errorf("dial: %v", err)
		}
	})
}

func TestWhatAHangUpEndsAPersonEnded(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CLCC", "OK")
		if err := p.Modem.Dial(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		comes(t, p, modem.CallIs{Call: modem.Call{State: modem.CallDialing, Number: number}})
		if err := p.Modem.HangUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		comes(t, p, ended(modem.Call{Number: number}, cause.Of(cause.Hangup)))
	})
}

func TestHangingUpNothingIsNoError(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CHUP", "ERROR")
		p.Again("+CLCC", "OK")
		if err := p.Modem.HangUp(t.Context()); err != nil {
			t.Error(err)
		}
		p.Again("+CLCC", `+CLCC: 1,0,0,0,0`, "OK")
		if err := p.Modem.HangUp(t.Context()); err == nil {
			t.Error("a call goes on, and there is no error")
		}
	})
}

func TestAnsweringACallThatIsGoneIsAnError(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("A", "NO CARRIER")
		p.Say("RING", `+CLIP: "+4915112345678",145`)
		comes(t, p, modem.Ringing{Number: number})
		if err := p.Modem.Answer(t.Context()); !errors.Is(err, cause.Unavailable) {
			t.Error(err)
		}
		comes(t, p, ended(modem.Call{Incoming: true, Number: number}, cause.Cause{}))
	})
}

func TestHuaweiSaysTheCauseItself(t *testing.T) {
	with(t, huawei.Family(), nil, func(t *testing.T, p *modemtest.Player) {
		p.Again("D"+number+";", "OK", "^ORIG:1,0")
		if err := p.Modem.Dial(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		event(p, time.Minute)
		p.Say("^CONF:1", "^CEND: 1,0, 67, 21", "NO CARRIER")
		comes(t, p, ended(modem.Call{Index: 1, Number: number}, modem.Cause(21)))
		nothing(t, p, time.Second)
	})
}

func TestARebootEndsTheCall(t *testing.T) {
	with(t, simcom.SIM7600(), nil, func(t *testing.T, p *modemtest.Player) {
		p.Say("RING", `+CLIP: "+4915112345678",145`)
		comes(t, p, modem.Ringing{Number: number})
		p.Say("RDY")
		comes(t, p, ended(modem.Call{Incoming: true, Number: number}, cause.Because(cause.LineFault, "The modem started anew in the call.")))
		comes(t, p, modem.Rebooted{})
	})
}

func TestCausesAreReadHoweverTheyAreWritten(t *testing.T) {
	for text, q850 := range map[string]int{
		`"16 Normal call clearing"`: 16, "User busy": 17, "Cause 34": 34, "17": 17, "No cause information available": 0,
		`"0 Unknown"`: 0, "Unassigned (unallocated) number": 1, "Recovery on timer expiry": 102,
	} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Again("+CEER", "+CEER: "+text, "OK")
			if c, err := p.Modem.Released(t.Context()); err != nil || c != modem.Cause(q850) {
				t.Errorf("%s: %+v, %v", text, c, err)
			}
		})
	}
}

func TestEventsThatNobodyReadsEndTheModem(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		for range 80 {
			p.Say(`+CMTI: "SM",1`)
		}
		<-time.After(3 * time.Second)
		if err := p.Modem.Err(); !errors.Is(err, cause.Unavailable) {
			t.Errorf("the modem goes on: %v", err)
		}
		for range p.Modem.Events() {
			continue
		}
	})
}

func TestAPulledPortEndsTheEvents(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Pull()
		if _, ok := <-p.Modem.Events(); ok || !errors.Is(p.Modem.Err(), cause.Unavailable) {
			t.Error(p.Modem.Err())
		}
	})
}

func TestEveryFamilyHasWhatTheDriverNeeds(t *testing.T) {
	for _, f := range []modem.Family{generic.Family(), huawei.Family(), simcom.SIM7600(), simcom.SIM800(), quectel.Family(), quectel.Sound()} {
		if len(f.HangUp) == 0 || len(f.Prepare) == 0 || len(f.Storages) == 0 || len(f.USSD) == 0 || len(f.Steps[modem.Restart]) == 0 {
			t.Errorf("%s is not complete", f.Name)
		}
		if f.Can.Voice == modem.NoVoice != (len(f.Speech.Arm) == 0) {
			t.Errorf("%s: speech and capabilities differ", f.Name)
		}
	}
}

func TestACallThatWaitsDoesNotDisturbTheOneThatGoesOn(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		const other, one, two = "+4917", `+CLCC: 1,0,0,0,0,"+4915112345678",145`, `+CLCC: 2,1,5,0,0,"+4917",145`
		p.Again("+CLCC", "OK")
		p.Answer("+CLCC", one, "OK")
		p.Answer("+CLCC", one, two, "OK")
		p.Answer("+CLCC", one, "OK")
		if err := p.Modem.Dial(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		comes(t, p, modem.CallIs{Call: modem.Call{State: modem.CallDialing, Number: number}})
		comes(t, p, modem.CallIs{Call: modem.Call{Index: 1, State: modem.CallActive, Number: number}})
		p.Say(`+CCWA: "+4917",145,1`)
		comes(t, p, modem.CallIs{Call: modem.Call{Index: 2, Incoming: true, State: modem.CallWaiting, Number: other}})
		nothing(t, p, 6*time.Second)
		p.Again("+CLCC", "OK")
		comes(t, p, ended(modem.Call{Index: 1, Number: number}, cause.Cause{}))
	})
}

func TestTheEndOfACallIsSeenInTheMiddleOfTheList(t *testing.T) {
	with(t, simcom.SIM7600(), nil, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CLCC", "OK")  // before the dialling
		p.Answer("+CLCC", "OK") // at once after it
		p.Answer("+CLCC", `+CLCC: 1,0,0,0,0,"+4915112345678",145`, `+CLCC: 1,0,6,0,0,"+4915112345678",145`, "OK")
		if err := p.Modem.Dial(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		comes(t, p, modem.CallIs{Call: modem.Call{State: modem.CallDialing, Number: number}})
		p.Say(`+CLCC: 1,0,3,0,0,"+4915112345678",145`)
		event(p, time.Minute)
		begun := time.Now()
		for {
			c, _ := event(p, time.Minute).(modem.CallIs)
			if c.State == modem.CallEnded {
				break
			}
		}
		if d := time.Since(begun); d > 1100*time.Millisecond {
			t.Errorf("it took %v", d)
		}
		nothing(t, p, 900*time.Millisecond) // the line of the list was older than the end
	})
}
