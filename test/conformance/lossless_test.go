package conformance

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// lostInDecoding names the values of an answer that the SDK did not read: an
// element with a wrong name, in a wrong place or of a wrong type vanishes
// silently in the SDK, so its value is missing from the decoded output.
func lostInDecoding(e exchange, output any) []string {
	sent := leaves{}
	if strings.HasPrefix(strings.TrimSpace(e.Body), "<") {
		sent.addXML(e.Body)
	} else {
		sent.addJSON(e.Body)
	}
	read := map[string]int{}
	addValues(read, reflect.ValueOf(output))
	var lost []string
	for value, paths := range sent {
		if missing := len(paths) - read[value]; missing > 0 {
			lost = append(lost, fmt.Sprintf("%s=%q", strings.Join(paths, ","), value))
		}
	}
	return lost
}

// leaves maps each value of an answer, normalised, to the places it is at.
type leaves map[string][]string

func (l leaves) add(path, value string) {
	if value = normalised(value); value != "" {
		l[value] = append(l[value], path)
	}
}

func (l leaves) addXML(body string) {
	decoder := xml.NewDecoder(strings.NewReader(body))
	var path []string
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			l.add("not XML", err.Error())
			return
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
			text.Reset()
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			if name := strings.ToLower(token.Name.Local); name != "requestid" && !onlySuccess(path) {
				l.add(strings.Join(path, "/"), strings.TrimSpace(text.String()))
			}
			path = path[:len(path)-1]
			text.Reset()
		}
	}
}

// onlySuccess tells a bare <return>true</return>, which operations without an
// output have in their answer and the SDK throws away.
func onlySuccess(path []string) bool { return len(path) == 2 && path[1] == "return" }

func (l leaves) addJSON(body string) {
	var document any
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		l.add("not JSON", err.Error())
		return
	}
	l.walkJSON("", document)
}

func (l leaves) walkJSON(path string, node any) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			l.walkJSON(path+"/"+key, value)
		}
	case []any:
		for _, value := range node {
			l.walkJSON(path, value)
		}
	case nil:
	default:
		l.add(path, fmt.Sprint(node))
	}
}

var timeType = reflect.TypeFor[time.Time]()

// addValues counts the leaf values of a decoded output.
func addValues(into map[string]int, v reflect.Value) {
	switch {
	case !v.IsValid():
	case v.Type() == timeType:
		into[strconv.FormatInt(v.Interface().(time.Time).Unix(), 10)]++
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface:
		if !v.IsNil() {
			addValues(into, v.Elem())
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && field.Name != "ResultMetadata" {
				addValues(into, v.Field(i))
			}
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			addValues(into, v.Index(i))
		}
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			addValues(into, v.MapIndex(key))
		}
	default:
		into[normalised(fmt.Sprint(v.Interface()))]++
	}
}

// normalised makes the spellings of one time or number the same.
func normalised(value string) string {
	if moment, err := time.Parse(time.RFC3339, value); err == nil {
		return strconv.FormatInt(moment.Unix(), 10)
	}
	if number, err := strconv.ParseFloat(value, 64); err == nil {
		return strconv.FormatInt(int64(number), 10)
	}
	return value
}
