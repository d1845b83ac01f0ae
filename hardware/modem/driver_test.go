package modem_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/generic"
	"roadline/hardware/huawei"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
	"roadline/hardware/quectel"
)

func TestVoiceIsReadyOverCircuitsOrIMSOnly(t *testing.T) {
	for name, row := range map[string]struct {
		creg, cereg, ims string
		voice            bool
		reg              modem.Registration
	}{
		"home":                     {"2,1", "2,1", "0", true, modem.Home},
		"abroad":                   {"2,5", "2,5", "0", true, modem.Roaming},
		"LTE without IMS":          {"2,2", `2,1,"0A","0B",7`, "0", false, modem.Home},
		"LTE with IMS":             {"2,0", `2,1,"0A","0B",7`, "1", true, modem.Home},
		"messages only":            {"2,6", "2,6", "0", false, modem.Home},
		"searching":                {"2,2", "2,2", "0", false, modem.Searching},
		"refused":                  {"2,3", "2,3", "1", false, modem.Refused},
		"emergency":                {"2,8", "2,8", "0", false, modem.EmergencyOnly},
		"no fall-back to circuits": {"2,9", "2,1", "0", false, modem.Home},
	} {
		t.Run(name, func(t *testing.T) {
			plain(t, func(t *testing.T, p *modemtest.Player) {
				p.Again("+CREG?", "+CREG: "+row.creg, "OK")
				p.Again("+CEREG?", "+CEREG: "+row.cereg, "OK")
				p.Again("+CIREG?", "+CIREG: 0,"+row.ims, "OK")
				r, err := p.Modem.Radio(t.Context())
				if err != nil || r.Voice != row.voice || r.Registration != row.reg {
					t.Errorf("%+v, %v", r, err)
				}
			})
		})
	}
}

func TestSignalIsInDBm(t *testing.T) {
	for csq, dBm := range map[string]int{"31,99": -51, "031,000": -51, "0,99": -113, "150,99": -66, "99,99": -95} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Again("+CREG?", "+CREG: 2,1", "OK")
			p.Again("+CSQ", "+CSQ: "+csq, "OK")
			p.Again("+CESQ", "+CESQ: 99,99,255,255,20,45", "OK")
			if r, err := p.Modem.Radio(t.Context()); err != nil || r.SignalDBm != dBm {
				t.Errorf("%s: %+v, %v", csq, r, err)
			}
		})
	}
}

func TestStatesOfTheCard(t *testing.T) {
	for line, want := range map[string]modem.SIMState{
		"+CPIN: READY": modem.SIMReady, "+CPIN: SIM PIN": modem.SIMPIN, "+CPIN: SIM PUK": modem.SIMPUK, "+CPIN: SIM PIN2": modem.SIMReady,
		"+CPIN: PH-NET PIN": modem.SIMLocked, "+CME ERROR: 10": modem.SIMAbsent, "+CME ERROR: SIM not inserted": modem.SIMAbsent,
		"+CME ERROR: 13": modem.SIMFailed, "+CME ERROR: 14": modem.SIMBusy, "+CPIN: NOT READY": modem.SIMBusy, "+CPIN: NOT INSERTED": modem.SIMAbsent,
		"+CPIN: WHATEVER": modem.SIMUnknown, "ERROR": modem.SIMUnknown,
	} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Again("+CPIN?", line, "OK")
			if strings.Contains(line, "ERROR") {
				p.Again("+CPIN?", line)
			}
			if s, err := p.Modem.SIM(t.Context()); err != nil || s.State != want {
				t.Errorf("%s: %+v, %v", line, s, err)
			}
		})
	}
}

func TestTheCardsNumbersAreReadInAllForms(t *testing.T) {
	for line, want := range map[string]string{
		`+CNUM: "","+4915112345678",145`: number, `+CNUM: ,"4915112345678",145`: number, `+CNUM: "me","+4915112345678,145`: number,
		`+CNUM: "","",129`: "", `+CNUM: "","015112345678",129`: "015112345678",
	} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Again("+CNUM", line, "OK")
			if s, err := p.Modem.SIM(t.Context()); err != nil || s.Number != want {
				t.Errorf("%s: %+v, %v", line, s, err)
			}
		})
	}
	for command, line := range map[string]string{
		"+CCID": "+CCID: 89490200001234567890", "+ICCID": "+ICCID: 8949020000123456789F", "+CRSM=176,12258,0,0,10": `+CRSM: 144,0,"98942000002143658709"`,
	} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Again("+CCID", "ERROR")
			p.Again("+ICCID", "ERROR")
			p.Again(command, line, "OK")
			if s, err := p.Modem.SIM(t.Context()); err != nil || !strings.HasPrefix(s.ICCID, "8949020000123456789") || strings.Trim(s.ICCID, "0123456789") != "" {
				t.Errorf("%s: %+v, %v", line, s, err)
			}
		})
	}
}

func TestACardThatIsStillBusyIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := modemtest.NewPlayer(t, generic.Family(), nil)
		p.Again("+CMGF=0", "+CMS ERROR: 314")
		p.Answer("+CMGF=0", "+CMS ERROR: 314")
		p.Answer("+CMGF=0", "OK")
		begun := time.Now()
		if err := p.Modem.Start(t.Context()); err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		if err := p.Modem.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestUSSDIsReadAsItComes(t *testing.T) {
	for answer, want := range map[string]string{
		`0,"EBB79B1E0685E9ECF4BADE9E03", 0`: "konta atlikums", // seen on a MikroTik
		`0,"004F004B",72`:                   "OK",
		`0,"04110430043B0430043D0441",15`:   "Баланс", // it says 15, and writes UCS2
		`0,"Balance 5.00",15`:               "Balance 5.00",
		`0,"12345678",15`:                   "12345678",
		"0,\"caf\x05\",15":                  "café", // the GSM alphabet as it stands
		`0,"cut off`:                        "cut off",
		`2`:                                 "",
	} {
		plain(t, func(t *testing.T, p *modemtest.Player) {
			p.Again(`+CUSD=1,"*100#",15`, "OK", "+CUSD: "+answer, "RING")
			u, err := p.Modem.Ask(t.Context(), "*100#")
			if err != nil || u.Text != want {
				t.Errorf("%s: %+v, %v", answer, u, err)
			}
		})
	}
}

func TestAnotherFormOfUSSDIsTried(t *testing.T) {
	with(t, huawei.Family(), nil, func(t *testing.T, p *modemtest.Player) {
		p.Again(`+CUSD=1,"AA180C3602",15`, "ERROR")
		p.Again(`+CUSD=1,"*100#",15`, "OK", `+CUSD: 0,"plain",15`)
		for range 2 {
			if u, err := p.Modem.Ask(t.Context(), "*100#"); err != nil || u.Text != "plain" {
				t.Errorf("%+v, %v", u, err)
			}
		}
	})
}

func TestUSSDThatComesTooLateIsAnEvent(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		if _, err := p.Modem.Ask(limited(t, time.Second), "*100#"); !errors.Is(err, cause.Unavailable) {
			t.Fatal(err)
		}
		p.Say(`+CUSD: 0,"late",15`)
		comes(t, p, modem.Asked{USSD: modem.USSD{Text: "late"}})
	})
}

func TestDeliveriesAreAcknowledgedWhereTheModuleWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := modemtest.NewPlayer(t, quectel.Family(), nil)
		p.Again("+CSMS?", "+CSMS: 1,1,1,1", "OK")
		if err := p.Modem.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Say("+CDS: 3", "0001020304")
		comes(t, p, modem.Delivered{PDU: []byte{0, 1, 2, 3, 4}, Report: true, Owed: true})
		synctest.Wait()
		for len(p.Heard) > 0 {
			if command := <-p.Heard; command == "+CNMA" {
				t.Error("it was acknowledged before anybody kept it")
			}
		}
		if err := p.Modem.Acknowledge(t.Context()); err != nil {
			t.Error(err)
		}
		if command := <-p.Heard; command != "+CNMA" {
			t.Errorf("%q was said", command)
		}
		p.Say("+CMT: ,3", "RING") // the text does not come
		comes(t, p, modem.Arrived{Place: modem.Place{Index: -1}})
		if err := p.Modem.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestMessagesThatCannotBeReadAreListedAllTheSame(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again(`+CPMS="ME"`, "ERROR")
		p.Again(`+CPMS="SR"`, "ERROR")
		p.Again("+CMGL=4", `+CMGL: 1,1,,24`, "not hex", `+CMGL: 2,3,"",5`, "0001020304", "+CMGL: 3,0,,1", "OK")
		list, err := p.Modem.Stored(t.Context())
		if err != nil || len(list) != 3 || list[0].PDU != nil || !list[1].Sent || len(list[1].PDU) != 5 || list[2].PDU != nil {
			t.Errorf("%+v, %v", list, err)
		}
		p.Again("+CMGR=9", "+CMGR: 0,,0", "OK")
		if _, ok, err := p.Modem.Read(t.Context(), modem.Place{Storage: "SM", Index: 9}); ok || err != nil {
			t.Errorf("an empty place: %v, %v", ok, err)
		}
		p.Again("+CPMS?", "+CPMS: 1", "OK")
		if _, _, err := p.Modem.Room(t.Context()); !errors.Is(err, cause.Unavailable) {
			t.Errorf("no room is told: %v", err)
		}
	})
}

func TestAMessageWithoutAReferenceIsUncertain(t *testing.T) {
	plain(t, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CMGS=16", "> ")
		pdu := []byte("0123456789abcdef")
		p.Again("text", "OK")
		if _, err := p.Modem.Send(t.Context(), pdu); !modem.Uncertain(err) {
			t.Error(err)
		}
		p.Again("text", "+CMS ERROR: 21")
		if _, err := p.Modem.Send(t.Context(), pdu); err == nil || modem.Uncertain(err) || modem.Temporary(err) {
			t.Error(err)
		}
		p.Again("+CMGS=16", "ERROR")
		if _, err := p.Modem.Send(t.Context(), pdu); err == nil || modem.Uncertain(err) {
			t.Error(err)
		}
	})
}

func TestATranscriptNamesNobody(t *testing.T) {
	ours, theirs := net.Pipe()
	var out strings.Builder
	port := modem.Record(theirs, &out)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, ours)
	}()
	for _, s := range []string{"ATE0\r", `AT+CPIN="4711"` + "\r", "AT+CMGS=16\r", "00110006919451110000A705E8329BFD06\x1a", "\x1b\r"} {
		if _, err := io.WriteString(port, s); err != nil {
			t.Fatal(err)
		}
	}
	go func() {
		_, _ = io.WriteString(ours, "\r\nOK\r\n\r\n> \r\n+CLIP: \"+4915112345678\",145\r\n262011234567890\r\nhalf")
		_ = ours.Close()
	}()
	if _, err := io.Copy(io.Discard, port); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	const want = `> ATE0
> AT+CPIN="0000"
> AT+CMGS=16
> 0000000000000000000000000000000000^Z
< OK
< >
< +CLIP: "+4900000000000",145
< 262000000000000
< half
`
	if out.String() != want {
		t.Errorf("the transcript is\n%s", out.String())
	}
}
