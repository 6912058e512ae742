window.YTD.bookmark.part0 = [ {
  "bookmark" : { "tweetId" : "1799000000000000001" }
}, {
  "bookmark" : { "bookmarkId" : "1799000000000000002", "addedAt" : "2026-04-08T06:30:15.000Z", "bookmarkCollectionId" : "7", "fullText" : "with text" }
} ]
