package authenticator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// mapping is one of the authenticator's, in its own words (pkg/config/types.go, RoleMapping and UserMapping).
type mapping struct {
	RoleARN  string   `json:"rolearn,omitempty"`
	UserARN  string   `json:"userarn,omitempty"`
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

// SetEntries has the authenticator know these access entries and no others. It takes the file up at once.
func (w *Webhook) SetEntries(entries []awssim.AccessEntry) error {
	roles, users := []mapping{}, []mapping{}
	for _, entry := range entries {
		if strings.Contains(entry.PrincipalARN, ":user/") {
			users = append(users, mapping{UserARN: entry.PrincipalARN, Username: entry.Username, Groups: entry.Groups})
		} else {
			roles = append(roles, mapping{RoleARN: entry.PrincipalARN, Username: entry.Username, Groups: entry.Groups})
		}
	}
	return w.replace(map[string]any{
		"mapRoles": roles, "mapUsers": users, "mapAccounts": []string{},
		"LastUpdatedDateTime": strconv.FormatInt(time.Now().Unix(), 10), "Version": "1",
	})
}

// replace writes the file in place: the authenticator watches the file itself, not its name.
func (w *Webhook) replace(content any) error {
	encoded, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("encode the mapping: %w", err)
	}
	file, err := os.OpenFile(w.path("entries.json"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// One write, as long as any before: the authenticator never reads half of it.
	padded := append(encoded, bytes.Repeat([]byte(" "), max(0, 1<<14-len(encoded)))...)
	if _, err := file.WriteAt(padded, 0); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// Follow has the authenticator know the access entries of a simulated EKS cluster until ctx ends: as on EKS, a new one
// takes effect a moment later.
func (w *Webhook) Follow(ctx context.Context, cloud *awssim.Cloud, place awssim.Place, cluster string) {
	go func() {
		known := ""
		_ = poll(ctx, func() bool {
			entries := cloud.AccessEntries(place, cluster)
			if now := fmt.Sprint(entries); now != known && w.SetEntries(entries) == nil {
				known = now
			}
			return false
		})
	}()
}

func poll(ctx context.Context, done func() bool) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}
