package alsa_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roadline/fmc/cause"
	"roadline/hardware/alsa"
)

// tree makes a sysfs with cards, each given as "card1 Android devices/pci0000:00/usb1/1-1/1-1.2/1-1.2:1.5 pcmC1D0c …".
func tree(t *testing.T, cards ...string) string {
	t.Helper()
	root := t.TempDir()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	class := filepath.Join(root, "sys/class/sound")
	must(os.MkdirAll(class, 0o755))
	for _, c := range cards {
		f := strings.Fields(c)
		dir := filepath.Join(root, "sys", f[2], "sound", f[0])
		must(os.MkdirAll(dir, 0o755))
		must(os.WriteFile(filepath.Join(dir, "id"), []byte(f[1]+"\n"), 0o600))
		for _, stream := range f[3:] {
			must(os.Mkdir(filepath.Join(dir, stream), 0o755))
		}
		must(os.Symlink(filepath.Join("../../", f[2], "sound", f[0]), filepath.Join(class, f[0])))
	}
	return root
}

func TestCardsAreFoundByNameAndByHubPort(t *testing.T) {
	root := tree(t,
		"card0 PCH devices/pci0000:00/0000:00:1f.3 pcmC0D0p pcmC0D0c pcmC0D3p controlC0",
		"card1 Android devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1.2/1-1.2:1.5 pcmC1D0p pcmC1D0c",
		"card10 Android_1 devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1.10/1-1.10:1.5 pcmC10D1p pcmC10D2c pcmC10D3c",
		"card3 Webcam devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.2 pcmC3D0c",
	)
	if err := os.Mkdir(filepath.Join(root, "sys/class/sound/timer"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := []alsa.Card{
		{Number: 0, ID: "PCH"},
		{Number: 1, ID: "Android", USB: "1-1.2"},
		{Number: 10, ID: "Android_1", USB: "1-1.10", Playback: 1, Capture: 2},
	}
	if got := alsa.Cards(root); !slices.Equal(got, want) { // a card that can only hear is none
		t.Errorf("%+v", got)
	}
	for name, i := range map[string]int{"Android": 1, "1-1.2": 1, "Android_1": 2, "1-1.10": 2, "PCH": 0} {
		if got, err := alsa.Find(root, name); err != nil || got != want[i] {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, name := range []string{"Webcam", "1-4", "", "1-1"} {
		if c, err := alsa.Find(root, name); !errors.Is(err, cause.NotFound) || !strings.Contains(err.Error(), "PCH, Android, Android_1") {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	if got := want[2].Files(); !slices.Equal(got, []string{"/dev/snd/pcmC10D2c", "/dev/snd/pcmC10D1p"}) {
		t.Error(got)
	}
}

func TestAMachineWithoutSoundHasNoCards(t *testing.T) {
	root := t.TempDir()
	if got := alsa.Cards(root); got != nil {
		t.Error(got)
	}
	if _, err := alsa.Find(root, "Android"); !errors.Is(err, cause.NotFound) || !strings.Contains(err.Error(), "none") {
		t.Error(err)
	}
}

func TestACardThatIsNotThereCannotBeOpened(t *testing.T) {
	if _, err := alsa.Open(alsa.Card{Number: 31, ID: "Android"}); !errors.Is(err, cause.Unavailable) || !strings.Contains(err.Error(), "/dev/snd/pcmC31D0c") {
		t.Error(err)
	}
}
