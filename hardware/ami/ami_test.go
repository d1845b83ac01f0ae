package ami_test

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc/cause"
	"roadline/hardware/ami"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// box takes one connection, lets everybody in, and does with each action as it is told.
func box(t *testing.T, does func(conn net.Conn, action map[string]string) bool) ami.Login {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := at.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		action := map[string]string{}
		for in := bufio.NewScanner(conn); in.Scan(); {
			if name, value, ok := strings.Cut(in.Text(), ": "); ok {
				action[name] = value
			} else if !does(conn, action) {
				return
			} else {
				clear(action)
			}
		}
	}()
	t.Cleanup(func() {
		_ = at.Close() // the box may be gone
		<-ended
	})
	return ami.Login{Address: at.Addr().String(), User: "apiuser", Secret: "apipass", Patience: patience}
}

func say(conn net.Conn, words string) bool {
	_, err := conn.Write([]byte(strings.ReplaceAll(words, "\n", "\r\n")))
	return err == nil
}

// open opens a session that runs until the test ends.
func open(t *testing.T, l ami.Login, happened func(ami.Message)) *ami.Session {
	t.Helper()
	s, err := ami.Open(t.Context(), l)
	check(t, err)
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { ended <- s.Run(ctx, happened) }()
	t.Cleanup(func() {
		stop()
		if <-ended == nil {
			t.Error("a session ended without a reason")
		}
	})
	return s
}

func letIn(conn net.Conn, action map[string]string) (done, ok bool) {
	if action["Action"] != "Login" {
		return false, true
	}
	return true, say(conn, "Asterisk Call Manager/1.1\nResponse: Success\nMessage: Authentication accepted\n\n")
}

// What boxes were seen to say, cut at every place: read in one piece or octet by octet, it is the same.
func TestWhatRealBoxesSayIsRead(t *testing.T) {
	said, err := os.ReadFile("testdata/tg.txt")
	check(t, err)
	_, transcript, _ := strings.Cut(string(said), "\n\n")
	told := make(chan ami.Message, 8)
	l := box(t, func(conn net.Conn, action map[string]string) bool {
		if done, ok := letIn(conn, action); done {
			return ok
		}
		for _, b := range []byte(strings.ReplaceAll(strings.ReplaceAll(transcript, "{id}", action["ActionID"]), "\n", "\r\n")) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return false
			}
		}
		return true
	})
	s := open(t, l, func(m ami.Message) { told <- m })
	m, err := s.Command(t.Context(), "smscommand", "gsm show span 2")
	check(t, err)
	stands, ok := ami.Stands(m, "Yeastar TG")
	if !ok || stands.SIM.IMSI != "251225532128772" || stands.Radio.Registration != modem.Home || stands.Radio.SignalDBm != -87 || stands.IMEI != "894005028759112" {
		t.Errorf("the port stands as %+v", stands)
	}
	if last := m.Lines[len(m.Lines)-1]; last != `Last send AT: AT+CREG?\r\n` {
		t.Errorf("it ends with %q", last)
	}
	for _, want := range []map[string]string{
		{"Event": "UpdateSMSSend", "ID": "100", "Smsc": "+22670900505", "Status": "1"},
		{"Event": "ReceivedSMS", "ID": "", "GsmSpan": "2", "Sender": "+22670000000", "Index": "1", "Total": "2", "Content": "%EF%BB%BF%D0%95%D1%89%D1%91+%D0%BE%D1%82%D0%B2%D0%B5%D1%82"},
	} {
		select {
		case m := <-told:
			for name, value := range want {
				if got := m.Get(name); got != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
		case <-time.After(patience):
			t.Fatal("nothing was told")
		}
	}
}

func TestHowAPortStandsIsReadFromItsWords(t *testing.T) {
	for _, row := range []struct {
		status, network, imsi string
		want                  modem.Registration
		card                  modem.SIMState
		blocked               bool
	}{
		{"Power on, Provisioned, Up, Active,Standard", "Registered (Home network)", "25001", modem.Home, modem.SIMReady, false},
		{"Power on, Provisioned, Up, Active,Standard", "Registered (Roaming)", "25001", modem.Roaming, modem.SIMReady, false},
		{"Power on, Provisioned, Down, Active,Standard", "Not registered, but searching", "25001", modem.Searching, modem.SIMReady, false},
		{"Power on, Provisioned, Down, Active,Standard", "Registration denied", "25001", modem.Refused, modem.SIMReady, false},
		{"Power on, Provisioned, Undetected SIM Card, Active,Standard", "Not registered", "", modem.NotRegistered, modem.SIMAbsent, false},
		{"Power off, Provisioned, Down, Active, Standard", "", "25001", modem.NotRegistered, modem.SIMReady, true},
	} {
		l := box(t, func(conn net.Conn, action map[string]string) bool {
			if done, ok := letIn(conn, action); done {
				return ok
			}
			return say(conn, "Response: Follows\nPrivilege: Command\nActionID: "+action["ActionID"]+"\nStatus: "+row.status+"\nNetwork Status: "+row.network+
				"\nSignal Quality (0,31): -1\nSIM IMSI: "+row.imsi+"\n--END COMMAND--\n\n")
		})
		m, err := open(t, l, func(ami.Message) {}).Command(t.Context(), "Command", "gsm show span 1")
		check(t, err)
		got, ok := ami.Stands(m, "box")
		if !ok || got.Radio.Registration != row.want || got.SIM.State != row.card || got.Blocked != row.blocked || got.Radio.SignalDBm != 0 {
			t.Errorf("%q, %q: %+v", row.status, row.network, got)
		}
	}
}

func TestARefusedPasswordIsSaid(t *testing.T) {
	l := box(t, func(conn net.Conn, _ map[string]string) bool {
		return say(conn, "Asterisk Call Manager/1.1\nResponse: Error\nMessage: Authentication failed\n\n")
	})
	if _, err := ami.Open(t.Context(), l); cause.KindOf(err) != cause.Denied {
		t.Errorf("a refused password: %v", err)
	}
	l.Secret = "two\nlines"
	if _, err := ami.Open(t.Context(), l); cause.KindOf(err) != cause.Invalid {
		t.Errorf("a password of two lines: %v", err)
	}
}

func TestABoxThatSaysNothingIsGivenUp(t *testing.T) {
	l := box(t, func(net.Conn, map[string]string) bool { return true })
	l.Patience = 100 * time.Millisecond
	if _, err := ami.Open(t.Context(), l); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("a box that says nothing: %v", err)
	}
}

// The answer that comes after its time, or a second time, is not taken for that of the next question.
func TestALateAnswerIsNoAnswerToTheNextQuestion(t *testing.T) {
	late := ""
	l := box(t, func(conn net.Conn, action map[string]string) bool {
		if done, ok := letIn(conn, action); done {
			return ok
		}
		answer := "Response: Follows\nActionID: " + action["ActionID"] + "\nto " + action["Command"] + "\n--END COMMAND--\n\n"
		if late == "" {
			late = answer
			return true
		}
		return say(conn, late+late+answer+answer)
	})
	s := open(t, l, func(ami.Message) {})
	brief, over := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer over()
	if _, err := s.Command(brief, "Command", "first"); err == nil || ami.IsUnsent(err) {
		t.Errorf("a question without an answer: %v", err)
	}
	for _, words := range []string{"second", "third"} {
		m, err := s.Command(t.Context(), "Command", words)
		check(t, err)
		if len(m.Lines) != 1 || m.Lines[0] != "to "+words {
			t.Errorf("%s is answered by %q", words, m.Lines)
		}
	}
}

func TestWhatABoxDoesNotDoIsTold(t *testing.T) {
	answers := map[string]string{
		"refused": "Response: Error\nActionID: {id}\nMessage: Permission denied\n\n",
		"unknown": "Response: Follows\nActionID: {id}\nNo such command 'unknown' (type 'help' for help)\n--END COMMAND--\n\n",
		"strange": "Response: Postponed\nActionID: {id}\n\n",
	}
	l := box(t, func(conn net.Conn, action map[string]string) bool {
		if done, ok := letIn(conn, action); done {
			return ok
		}
		return say(conn, strings.ReplaceAll(answers[action["Command"]], "{id}", action["ActionID"]))
	})
	s := open(t, l, func(ami.Message) {})
	for words, want := range map[string]struct {
		kind   cause.Kind
		unsent bool
	}{
		"refused": {cause.Unavailable, true}, "unknown": {cause.Unsupported, true}, "strange": {cause.Unavailable, false}, "two\r\nlines": {cause.Invalid, true},
	} {
		_, err := s.Command(t.Context(), "Command", words)
		if err == nil || cause.KindOf(err) != want.kind || ami.IsUnsent(err) != want.unsent {
			t.Errorf("%q: %v, unsent %v", words, err, ami.IsUnsent(err))
		}
	}
}

// A connection that ends in the middle leaves it open what became of a question; later ones are not sent.
func TestAConnectionThatEndsIsTold(t *testing.T) {
	for name, last := range map[string]string{
		"without a word": "", "in the middle of a line": "Response: Fol", "in the middle of what a command writes": "Response: Follows\nActionID: {id}\nStatus: Power on",
		"after a line without end": strings.Repeat("x", 1<<16), "after words without end": "Response: Follows\n" + strings.Repeat("x\n", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			l := box(t, func(conn net.Conn, action map[string]string) bool {
				if done, ok := letIn(conn, action); done {
					return ok
				}
				say(conn, strings.ReplaceAll(last, "{id}", action["ActionID"]))
				return false
			})
			s := open(t, l, func(ami.Message) {})
			if _, err := s.Command(t.Context(), "Command", "first"); err == nil || ami.IsUnsent(err) {
				t.Errorf("the question that was open: %v", err)
			}
			select {
			case <-s.Done():
			case <-time.After(patience):
				t.Fatal("the session goes on")
			}
			if _, err := s.Command(t.Context(), "Command", "second"); !ami.IsUnsent(err) {
				t.Errorf("the next question: %v", err)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A box whose connection stands and that answers nothing on it any more is connected to again.
func TestAConnectionOnWhichABoxFallsSilentIsLeftForAnother(t *testing.T) {
	at, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	var conns sync.WaitGroup
	conns.Go(func() {
		for deaf := true; ; deaf = false {
			conn, err := at.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer conn.Close()
				action := map[string]string{}
				for in := bufio.NewScanner(conn); in.Scan(); {
					if name, value, ok := strings.Cut(in.Text(), ": "); ok {
						action[name] = value
						continue
					}
					if done, _ := letIn(conn, action); !done && !deaf {
						say(conn, "Response: Follows\nActionID: "+action["ActionID"]+"\nwell--END COMMAND--\n\n")
					}
					clear(action)
				}
			})
		}
	})
	t.Cleanup(func() {
		check(t, at.Close())
		conns.Wait()
	})
	looked, lost := make(chan struct{}, 1), make(chan struct{}, 1)
	tell := func(c chan<- struct{}) {
		select {
		case c <- struct{}{}:
		default:
		}
	}
	span := &ami.Span{
		Login:  ami.Login{Address: at.Addr().String(), User: "apiuser", Secret: "apipass", Patience: patience},
		Timing: gateway.Timing{Answer: 50 * time.Millisecond, Poll: 10 * time.Millisecond, Silent: 100 * time.Millisecond},
		Now:    time.Now, Log: slog.New(slog.DiscardHandler), Happened: func(ami.Message) {}, Lost: func(error) { tell(lost) },
		Look: func(ctx context.Context, s *ami.Session) error {
			_, err := s.Command(ctx, "smscommand", "gsm show span 2")
			if err == nil {
				tell(looked)
			}
			return err
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		span.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	for what, happens := range map[string]<-chan struct{}{"the line is given up": lost, "the box is heard again": looked} {
		select {
		case <-happens:
		case <-time.After(patience):
			t.Errorf("it never happens that %s", what)
		}
	}
}
