package sleepy

import (
	"testing"
	"time"
)

func TestSleepsInOtherWords(t *testing.T) {
	<-time.After(time.Second) // want forbid
}
