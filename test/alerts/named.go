package alerts

import (
	"encoding/json"
	"fmt"
	"regexp"

	"sigs.k8s.io/yaml"
)

// Rule is an alert.
type Rule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	Annotations map[string]string `json:"annotations"`
}

// Rules reads the alerts of a rule file.
func Rules(content []byte) ([]Rule, error) {
	var file struct {
		Groups []struct {
			Rules []Rule `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("reading alerts: %w", err)
	}
	var all []Rule
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all, nil
}

// Panel is one panel of a dashboard.
type Panel struct {
	ID      int    `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
}

// Panels reads the panels of a dashboard.
func Panels(content []byte) ([]Panel, error) {
	var dashboard struct {
		Panels []Panel `json:"panels"`
	}
	if err := json.Unmarshal(content, &dashboard); err != nil {
		return nil, fmt.Errorf("reading the dashboard: %w", err)
	}
	return dashboard.Panels, nil
}

var (
	metricName  = regexp.MustCompile(`\b[a-z][a-z0-9]*_[a-z0-9_]*[a-z0-9]\b`)
	ofHistogram = regexp.MustCompile(`_(bucket|sum|count)$`)
	function    = regexp.MustCompile(`^(group_left|group_right|histogram_quantile|count_values|label_replace|label_join|[a-z]+_over_time)$`)
	quoted      = regexp.MustCompile(`"[^"]*"`)
)

// Metrics are the names of the metrics in an expression; a histogram is named by itself.
func Metrics(expr string) []string {
	var names []string
	for _, name := range metricName.FindAllString(quoted.ReplaceAllString(expr, `""`), -1) {
		if !function.MatchString(name) {
			names = append(names, ofHistogram.ReplaceAllString(name, ""))
		}
	}
	return names
}

var (
	grouping = regexp.MustCompile(`\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	matcher  = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)\s*""`)
	word     = regexp.MustCompile(`[a-z_]+`)
)

// Labels are the names of the labels in an expression.
func Labels(expr string) []string {
	bare := quoted.ReplaceAllString(expr, `""`)
	var names []string
	for _, list := range grouping.FindAllStringSubmatch(bare, -1) {
		names = append(names, word.FindAllString(list[1], -1)...)
	}
	for _, match := range matcher.FindAllStringSubmatch(bare, -1) {
		names = append(names, match[1])
	}
	return names
}
