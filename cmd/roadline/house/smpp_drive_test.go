package house_test

import (
	"bufio"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/bound"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/store"
)

// drivePort is where drive_smpp looks for a bearerbox to be the smsbox of, three seconds after the first link at the latest:
// without one it ends. It cannot be told another.
const drivePort = 13001

// drive is drive_smpp, the message centre of Kannel's own tests. It knows bind_transmitter and bind_receiver, and no
// bind_transceiver. As soon as a receiver is bound it gives it the texts "1", "2" and so on from 456 to 123, with numbers that
// begin at 0, receipted_message_id though they are no receipts, and an enquire_link after each. What is submitted it answers
// without an id. It ends with the first link that ends.
type drive struct {
	said chan string // its log, by lines
}

func startDrive(t *testing.T, port, messages int) *drive {
	t.Helper()
	cmd := exec.Command("/usr/lib/kannel/test/drive_smpp", "-v", "0", "-p", fmt.Sprint(port), "-m", fmt.Sprint(messages))
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bound.Begin(cmd); err != nil {
		t.Fatal(err)
	}
	d := &drive{said: make(chan string, 10_000)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			d.said <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
	})
	return d
}

// TestKannelIsProgramAndMessageCentre has Kannel at both ends: bearerbox is the company's program, drive_smpp the centre, at
// which we bind twice, to send and to receive.
func TestKannelIsProgramAndMessageCentre(t *testing.T) {
	t.Parallel()
	const messages = 60
	housetest.Port(t, drivePort) // before others are given: not to wait for one of our own
	at := housetest.Ports(t)
	town, port, s, password := smppTown(t, at, "transmitter, receiver")
	k := startKannel(t, port, "crm", s.SystemID, password, drivePort)
	d := startDrive(t, at, messages)
	var texts []string
	for i := range messages {
		texts = append(texts, fmt.Sprintf("text %d of Kannel", i))
		k.sends(t, "http://127.0.0.1:1", "74951234500", "+79161234567", texts[i], 0)
	}
	given, answers := d.hears(t, messages)
	if !sameTexts(given, texts) {
		t.Errorf("the centre was given %q", given)
	}
	if answers != messages {
		t.Errorf("the centre was given %d answers to %d messages", answers, messages)
	}
	a := town.House.Store().For("acme")
	var numbers []string
	for i := range messages {
		numbers = append(numbers, strconv.Itoa(i+1))
	}
	inbox := store.MessageFilter{In: true, Limit: 1000}
	sent := store.MessageFilter{Out: true, State: fmc.MessageSent, Limit: 1000}
	housetest.Await(t, "all are kept, both ways", func() bool { return len(textsOf(t, a, inbox)) >= messages && len(textsOf(t, a, sent)) >= messages })
	if got := textsOf(t, a, inbox); !sameTexts(got, numbers) {
		t.Errorf("of what the centre gave us is kept %q", got)
	}
	if got := textsOf(t, a, sent); !sameTexts(got, texts) {
		t.Errorf("of what we gave the centre is kept %q", got)
	}
}

// hears waits until so many messages came to the centre, and so many answers to its own: the texts, and how many answers.
func (d *drive) hears(t *testing.T, messages int) (texts []string, answers int) {
	t.Helper()
	over := time.After(housetest.Within)
	for len(texts) < messages || answers < messages {
		select {
		case line := <-d.said:
			if _, text, ok := strings.Cut(line, "submit_sm: short_message = <"); ok {
				texts = append(texts, strings.TrimSuffix(text, ">"))
			}
			if strings.HasSuffix(line, "of type deliver_sm_resp") {
				answers++
			}
		case <-over:
			t.Fatalf("drive_smpp was given %q, and %d answers", texts, answers)
		}
	}
	return texts, answers
}

// textsOf are the texts of a company's messages.
func textsOf(t *testing.T, a *store.Tenant, f store.MessageFilter) (texts []string) {
	t.Helper()
	lines, err := a.Messages(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		texts = append(texts, l.Text)
	}
	return texts
}

// sameTexts reports that both have the same texts, each as often, in whatever order.
func sameTexts(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}
