package message

import (
	"strings"
	"time"
)

// Duration spells a duration exactly, without the zeros that [time.Duration.String]
// ends in: "1m" for a minute, "2h" for two hours, "1h30m", "1m30s", "0s".
func Duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
