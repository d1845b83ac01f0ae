package alsa

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"
)

// TestOurLayoutIsThatOfTheKernelsHeader compiles a program that prints what a C compiler makes of the header, and
// compares.
func TestOurLayoutIsThatOfTheKernelsHeader(t *testing.T) {
	var hw hwParams
	var sw swParams
	var x xferi
	want := map[string]uintptr{
		"sizeof(struct snd_mask)":          unsafe.Sizeof(mask{}),
		"sizeof(struct snd_interval)":      unsafe.Sizeof(interval{}),
		"sizeof(struct snd_pcm_hw_params)": unsafe.Sizeof(hw), "sizeof(struct snd_pcm_sw_params)": unsafe.Sizeof(sw), "sizeof(struct snd_xferi)": unsafe.Sizeof(x),

		"offsetof(struct snd_pcm_hw_params, masks)":     unsafe.Offsetof(hw.masks),
		"offsetof(struct snd_pcm_hw_params, intervals)": unsafe.Offsetof(hw.intervals),
		"offsetof(struct snd_pcm_hw_params, rmask)":     unsafe.Offsetof(hw.requested),
		"offsetof(struct snd_pcm_hw_params, info)":      unsafe.Offsetof(hw.info),
		"offsetof(struct snd_pcm_hw_params, rate_den)":  unsafe.Offsetof(hw.rateDen),
		"offsetof(struct snd_pcm_hw_params, fifo_size)": unsafe.Offsetof(hw.fifoSize),

		"offsetof(struct snd_pcm_sw_params, avail_min)":       unsafe.Offsetof(sw.availMin),
		"offsetof(struct snd_pcm_sw_params, start_threshold)": unsafe.Offsetof(sw.startThreshold),
		"offsetof(struct snd_pcm_sw_params, stop_threshold)":  unsafe.Offsetof(sw.stopThreshold),
		"offsetof(struct snd_pcm_sw_params, silence_size)":    unsafe.Offsetof(sw.silenceSize),
		"offsetof(struct snd_pcm_sw_params, boundary)":        unsafe.Offsetof(sw.boundary),
		"offsetof(struct snd_pcm_sw_params, proto)":           unsafe.Offsetof(sw.proto),
		"offsetof(struct snd_pcm_sw_params, tstamp_type)":     unsafe.Offsetof(sw.tstampType),

		"offsetof(struct snd_xferi, buf)":    unsafe.Offsetof(x.buf),
		"offsetof(struct snd_xferi, frames)": unsafe.Offsetof(x.frames),

		"SNDRV_PCM_HW_PARAM_FIRST_MASK": maskAccess, "SNDRV_PCM_HW_PARAM_FORMAT": maskFormat, "SNDRV_PCM_HW_PARAM_SUBFORMAT": maskSubformat,
		"SNDRV_PCM_HW_PARAM_FIRST_INTERVAL": firstInterval,
		"SNDRV_PCM_HW_PARAM_CHANNELS":       firstInterval + intervalChannels, "SNDRV_PCM_HW_PARAM_RATE": firstInterval + intervalRate,
		"SNDRV_PCM_HW_PARAM_PERIOD_SIZE": firstInterval + intervalPeriodSize, "SNDRV_PCM_HW_PARAM_BUFFER_SIZE": firstInterval + intervalBufferSize,
		"(unsigned long)SNDRV_PCM_ACCESS_RW_INTERLEAVED": accessInterleaved, "(unsigned long)SNDRV_PCM_FORMAT_S16_LE": formatS16LE,
		"(unsigned long)SNDRV_PCM_SUBFORMAT_STD": subformatStandard,
		"flags(1,0,0,0)":                         flagOpenMin, "flags(0,1,0,0)": flagOpenMax, "flags(0,0,1,0)": flagInteger, "flags(0,0,0,1)": flagEmpty,

		"SNDRV_PCM_IOCTL_HW_REFINE": reqRefine, "SNDRV_PCM_IOCTL_HW_PARAMS": reqHWParams, "SNDRV_PCM_IOCTL_SW_PARAMS": reqSWParams,
		"SNDRV_PCM_IOCTL_PREPARE": reqPrepare, "SNDRV_PCM_IOCTL_START": reqStart,
		"SNDRV_PCM_IOCTL_WRITEI_FRAMES": reqWrite, "SNDRV_PCM_IOCTL_READI_FRAMES": reqRead,
	}
	for line := range strings.Lines(compiled(t, want)) {
		expression, number, _ := strings.Cut(strings.TrimSpace(line), " = ")
		if got := fmt.Sprint(want[expression]); got != number {
			t.Errorf("%s is %s there and %s here", expression, number, got)
		}
		delete(want, expression)
	}
	for expression := range want {
		t.Errorf("the header's %s was not told", expression)
	}
}

// compiled is what a C program prints of each expression.
func compiled(t *testing.T, expressions map[string]uintptr) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no C compiler here: ", err)
	}
	if _, err := os.Stat("/usr/include/sound/asound.h"); err != nil {
		t.Skip("the kernel's headers are not here: ", err)
	}
	var b strings.Builder
	b.WriteString(`#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sound/asound.h>
static unsigned flags(int openmin, int openmax, int integer, int empty) {
	struct snd_interval i; unsigned word;
	memset(&i, 0, sizeof i);
	i.openmin = openmin; i.openmax = openmax; i.integer = integer; i.empty = empty;
	memcpy(&word, (char *)&i + 8, 4);
	return word;
}
int main(void) {
`)
	for e := range expressions {
		fmt.Fprintf(&b, "\tprintf(\"%%s = %%lu\\n\", %q, (unsigned long)(%s));\n", e, e)
	}
	b.WriteString("\treturn 0;\n}\n")
	dir := t.TempDir()
	source, program := filepath.Join(dir, "layout.c"), filepath.Join(dir, "layout")
	if err := os.WriteFile(source, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
