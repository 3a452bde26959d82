package wire

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type sample struct {
	Name    string   `query:"Name,required"`
	Count   *int32   `query:"Count"`
	On      bool     `query:"On"`
	IDs     []string `query:"Id"`
	Members []string `query:"Names,member"`
	Inner   *inner   `query:"Inner"`
	Inners  []inner  `query:"Filter"`
	embedded
}

type inner struct {
	Key    string   `query:"Key"`
	Values []string `query:"Value"`
}

type embedded struct {
	Token string `query:"NextToken"`
}

func TestFlatParametersFillAStruct(t *testing.T) {
	five := int32(5)
	cases := map[string]struct {
		query string
		want  sample
		err   string
	}{
		"scalars":                          {query: "Name=a&Count=5&On=true&NextToken=t", want: sample{Name: "a", Count: &five, On: true, embedded: embedded{"t"}}},
		"a list with gaps, in order":       {query: "Name=a&Id.10=c&Id.2=b&Id.1=a", want: sample{Name: "a", IDs: []string{"a", "b", "c"}}},
		"a list of members":                {query: "Name=a&Names.member.1=x", want: sample{Name: "a", Members: []string{"x"}}},
		"a structure":                      {query: "Name=a&Inner.Key=k", want: sample{Name: "a", Inner: &inner{Key: "k"}}},
		"lists in a list":                  {query: "Name=a&Filter.1.Key=k&Filter.1.Value.1=v&Filter.2.Key=l", want: sample{Name: "a", Inners: []inner{{"k", []string{"v"}}, {Key: "l"}}}},
		"an empty value is none":           {query: "Name=a&Count=", want: sample{Name: "a"}},
		"a missing required one":           {query: "Count=5", err: "MissingParameter: The request must contain the parameter Name"},
		"an empty required one":            {query: "Name=", err: "MissingParameter: The request must contain the parameter Name"},
		"an unknown one":                   {query: "Name=a&Colour=blue", err: "UnknownParameter: The parameter Colour is not recognized (not implemented in awssim)"},
		"an unknown one in a structure":    {query: "Name=a&Inner.Colour=blue", err: "UnknownParameter: The parameter Inner.Colour is not recognized (not implemented in awssim)"},
		"a structure where a scalar ought": {query: "Name=a&On.Value=true", err: "InvalidParameterValue: Value () for parameter On is invalid. Expecting a boolean"},
		"a number that is none":            {query: "Name=a&Count=many", err: "InvalidParameterValue: Value (many) for parameter Count is invalid. Expecting a integer"},
		"a list index that is none":        {query: "Name=a&Id.first=x", err: "UnknownParameter: The parameter Id.first is not recognized (not implemented in awssim)"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			parameters, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			var got sample
			err = Decode(parameters, &got)
			if text := errorText(err); text != c.err {
				t.Fatalf("error %q, want %q", text, c.err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(sample{})); err == nil && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func FuzzDecodeNeverPanics(f *testing.F) {
	f.Add("Name=a&Id.1=x&Filter.1.Value.2=y")
	f.Add("Name=a&Id.99999999999999999999=x&Filter..Value=")
	f.Fuzz(func(t *testing.T, query string) {
		parameters, err := url.ParseQuery(query)
		if err != nil {
			t.Skip("not a query")
		}
		_ = Decode(parameters, new(sample))
	})
}
