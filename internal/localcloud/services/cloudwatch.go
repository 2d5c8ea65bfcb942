package services

import (
	"io"
	"net/http"
	"path"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// CloudWatch serves the metrics of the Region, in the protocol RPC v2 CBOR.
func (r *Region) CloudWatch() http.Handler {
	operations := map[string]func(cbor.Map) (cbor.Map, error){"GetMetricData": r.getMetricData}
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("X-Amzn-Requestid", token())
		name := path.Base(request.URL.Path)
		answer, known := operations[name]
		if !known {
			writeCBORError(w, "UnknownOperationException", "the local cloud does not emulate "+name)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxRequestBytes))
		if err != nil {
			writeCBORError(w, "RequestEntityTooLargeException", err.Error())
			return
		}
		value, err := cbor.Decode(body)
		input, isMap := value.(cbor.Map)
		if err != nil || !isMap {
			writeCBORError(w, "SerializationException", "a map is expected")
			return
		}
		output, err := answer(input)
		if err != nil {
			writeCBORError(w, "InvalidParameterValue", err.Error())
			return
		}
		writeCBOR(w, http.StatusOK, output)
	})
}

func writeCBOR(w http.ResponseWriter, status int, body cbor.Map) {
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.WriteHeader(status)
	_, _ = w.Write(cbor.Encode(body))
}

func writeCBORError(w http.ResponseWriter, code, message string) {
	w.Header().Set("X-Amzn-Query-Error", code+";Sender")
	writeCBOR(w, http.StatusBadRequest, cbor.Map{"__type": cbor.String(code), "message": cbor.String(message)})
}

func (r *Region) getMetricData(input cbor.Map) (cbor.Map, error) {
	start, startErr := cbor.AsTime(input["StartTime"])
	end, endErr := cbor.AsTime(input["EndTime"])
	queries, isList := input["MetricDataQueries"].(cbor.List)
	if startErr != nil || endErr != nil || !isList {
		return nil, refuse("InvalidParameterValue", "StartTime, EndTime and MetricDataQueries are needed")
	}
	results := cbor.List{}
	for _, item := range queries {
		query, _ := item.(cbor.Map)
		stat, _ := query["MetricStat"].(cbor.Map)
		metric, _ := stat["Metric"].(cbor.Map)
		period, err := cbor.AsInt32(stat["Period"])
		if err != nil || period < 60 || period%60 != 0 {
			return nil, refuse("InvalidParameterValue", "Period must be a multiple of 60, got %d", period)
		}
		key := seriesKey(cborText(metric["Namespace"]), cborText(metric["MetricName"]), cborDimensions(metric["Dimensions"]))
		points, known := r.metrics.read(key, cborText(stat["Stat"]), time.Duration(period)*time.Second, start, end)
		if !known {
			return nil, refuse("InvalidParameterValue", "the local cloud has no statistic %q", cborText(stat["Stat"]))
		}
		times, values := cbor.List{}, cbor.List{}
		for _, p := range points {
			times = append(times, &cbor.Tag{ID: 1, Value: cbor.Float64(p.at.Unix())})
			values = append(values, cbor.Float64(p.value))
		}
		results = append(results, cbor.Map{
			"Id": query["Id"], "Label": metric["MetricName"], "StatusCode": cbor.String("Complete"), "Timestamps": times, "Values": values,
		})
	}
	return cbor.Map{"MetricDataResults": results}, nil
}

func cborText(value cbor.Value) string {
	text, _ := value.(cbor.String)
	return string(text)
}

func cborDimensions(value cbor.Value) Dimensions {
	dimensions := Dimensions{}
	items, _ := value.(cbor.List)
	for _, item := range items {
		if d, isMap := item.(cbor.Map); isMap {
			dimensions[cborText(d["Name"])] = cborText(d["Value"])
		}
	}
	return dimensions
}
